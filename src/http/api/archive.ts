// The whole record, a piece at a time: what `export archive` writes and `import archive` reads back.
import { z } from "zod";
import { readArchive, writeArchive } from "../../engine/archive.ts";
import { exportForms, exportPast } from "../../engine/export-past.ts";
import { failed } from "../../lib/result.ts";
import { archivePartNames } from "../../shapes/archive.ts";
import { ArchivePiece, ArchiveRead, ExportPiece } from "../import-contract.ts";
import { refusedBy } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";

const part = z.enum(archivePartNames);

const read = route({
  method: "GET",
  path: "/api/v1/archive",
  tag: "imports",
  summary: "Read a piece of the whole record, drafts and notes included; never a token, nor a subscriber",
  scope: "admin",
  params: nothing,
  query: z.strictObject({
    part,
    after: z.coerce.number().int().min(0).default(0).describe("The `next` of the piece before."),
    limit: z.coerce.number().int().min(1).max(500).default(200),
  }),
  body: nothing,
  answers: { 200: ArchivePiece },
  problems: ["bad-query"],
  async answer(desk, { query }) {
    const piece = await readArchive(desk, query.part, query.after, query.limit);
    const items = piece.items.map((item) => ({ ...item }));
    return answered(200, { part: query.part, items, next: piece.next ?? null });
  },
});

const write = route({
  method: "POST",
  path: "/api/v1/archive",
  tag: "imports",
  summary: "Read a piece of an archive back; what is there already stays as it is",
  scope: "admin",
  params: nothing,
  query: nothing,
  body: z.strictObject({ part, items: z.array(z.record(z.string(), z.unknown())).min(1).max(500) }),
  bodyLimit: 64 * 1_048_576,
  answers: { 200: ArchiveRead },
  problems: ["conflict"],
  async answer(desk, { body }) {
    const done = await writeArchive(desk, body.part, body.items);
    return done.ok ? answered(200, done.value) : failed(refusedBy(done.error));
  },
});

const pages = route({
  method: "GET",
  path: "/api/v1/export",
  tag: "imports",
  summary: "Read what the public may read, as files for another status page, a piece at a time",
  scope: "read",
  params: nothing,
  query: z.strictObject({ form: z.enum(exportForms), piece: z.coerce.number().int().min(0).max(100_000).default(0) }),
  body: nothing,
  answers: { 200: ExportPiece },
  problems: ["bad-query"],
  async answer(desk, { query }) {
    const made = await exportPast(desk, query.form, query.piece);
    return answered(200, { ...made, files: [...made.files], next: made.next ?? null });
  },
});

export const archiveRoutes: readonly Route[] = [read, write, pages];
