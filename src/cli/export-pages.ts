// Writes what the server makes of the past for another status page.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { ExportPiece } from "../http/import-contract.ts";
import { ask, type DoorFlags } from "./door.ts";

export type Exported = { readonly files: number; readonly incidents: number; readonly maintenances: number };

/** Only such paths are written, whatever a server says. */
const plain = /^(?:[a-z0-9-]+\/)*[a-z0-9-]+\.[a-z]+$/u;

export async function writePages(door: DoorFlags, form: "cstate" | "statuspage", dir: string): Promise<Exported> {
  let done: Exported = { files: 0, incidents: 0, maintenances: 0 };
  for (let piece: number | null = 0; piece !== null;) {
    const made: z.output<typeof ExportPiece> = await ask(ExportPiece, door, "GET", `/api/v1/export?form=${form}&piece=${piece}`); // prettier-ignore
    for (const { path, text } of made.files) {
      if (!plain.test(path)) throw new Error(`the server named a file that is none: ${path}`);
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    done = {
      files: done.files + made.files.length,
      incidents: done.incidents + made.incidents,
      maintenances: done.maintenances + made.maintenances,
    };
    piece = made.next;
  }
  return done;
}
