// Recorded webhooks, one JSON object a line: what `tocsin inbox export` writes and `tocsin replay` reads.
import { z } from "zod";
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

export type Recorded = {
  readonly source: string;
  readonly receivedAt: Instant;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** `FILE:LINE`, for errors. */
  readonly place: string;
};

/** `body` is the text as it came, or the JSON itself where a human writes one; `body_base64` is for what is no text. */
export const RecordedLine = z
  .strictObject({
    source: z.string().min(1).max(64),
    received_at: z.iso
      .datetime({ offset: true, error: "a time is written 2026-11-22T10:42:00Z" })
      .describe("When it came."),
    headers: z.record(z.string(), z.string()).default({}).describe("Those that are kept; never a secret."),
    body: z.json().optional().describe("The text as it came, or the JSON itself."),
    body_base64: z
      .base64({ error: "that is not base64" })
      .optional()
      .describe("In place of body, where it is no text."),
  })
  .refine(
    (line) => (line.body === undefined) !== (line.body_base64 === undefined),
    "a line has either body or body_base64",
  );

const strict = new TextDecoder("utf-8", { fatal: true });

function textOf(body: Uint8Array): string | undefined {
  try {
    return strict.decode(body);
  } catch {
    return undefined;
  }
}

/** The object of one line. Text that begins with a byte order mark would lose it, and goes as bytes. */
export function recordOf(row: Omit<Recorded, "place">): z.input<typeof RecordedLine> {
  const text = textOf(row.body);
  const plain = text !== undefined && Buffer.from(text).equals(row.body);
  return {
    source: row.source,
    received_at: new Date(row.receivedAt).toISOString(),
    headers: { ...row.headers },
    ...(plain ? { body: text } : { body_base64: Buffer.from(row.body).toString("base64") }),
  };
}

function bytesOf({ body, body_base64 }: z.output<typeof RecordedLine>): Uint8Array {
  if (body_base64 !== undefined) return Buffer.from(body_base64, "base64");
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function parseLine(line: string, place: string): Result<Recorded, string> {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (thrown) {
    const why = thrown instanceof SyntaxError ? thrown.message : "it cannot be read";
    return failed(`${place}: not JSON: ${oneLine(why, 200)}`);
  }
  const parsed = RecordedLine.safeParse(raw);
  if (!parsed.success) {
    const said = parsed.error.issues.map((issue) => `${["$", ...issue.path.map(String)].join(".")}: ${issue.message}`);
    return failed(`${place}: ${oneLine(said.join("; "), 400)}`);
  }
  const { source, received_at } = parsed.data;
  // As node gives them: who writes a line by hand may copy a name as the sender spells it.
  const headers = Object.fromEntries(
    Object.entries(parsed.data.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return ok({ source, receivedAt: Date.parse(received_at), headers, body: bytesOf(parsed.data), place });
}

/** All errors at once, each as `FILE:LINE: …`. Empty lines are none. */
export function parseRecording(text: string, file: string): Result<readonly Recorded[], readonly string[]> {
  const lines = text.split("\n").map((line, n) => ({ line: line.trim(), place: `${file}:${n + 1}` }));
  const parsed = lines.filter(({ line }) => line !== "").map(({ line, place }) => parseLine(line, place));
  const errors = parsed.flatMap((one) => (one.ok ? [] : [one.error]));
  if (errors.length > 0) return failed(errors);
  if (parsed.length === 0) return failed([`${file}:1: there is no recorded webhook in it`]);
  return ok(parsed.flatMap((one) => (one.ok ? [one.value] : [])));
}

/** In the order in which they came; those of one moment as they stand. */
export function inOrder(recorded: readonly Recorded[]): readonly Recorded[] {
  return recorded.toSorted((a, b) => a.receivedAt - b.receivedAt);
}

/** `22 webhooks from … to …`. */
export function spanOf(recorded: readonly Recorded[]): string {
  const times = inOrder(recorded).map(({ receivedAt }) => receivedAt);
  return `${isoSeconds(times[0] ?? 0)} to ${isoSeconds(times.at(-1) ?? 0)}`;
}
