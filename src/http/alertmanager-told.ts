// What the paths of the Alertmanager API are asked, and how they answer.
import type { ServerResponse } from "node:http";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "../engine/desk.ts";

/** JSON, or the parts of a large one, made as they are sent. */
export type Told =
  | { readonly status: number; readonly body?: unknown }
  | { readonly status: 200; readonly parts: AsyncIterable<string> };

export type Asked = {
  readonly desk: Desk;
  readonly source: SourceId;
  readonly query: URLSearchParams;
  /** Of a silence, in the path. */
  readonly id: string;
  /** The JSON that was sent, if any. */
  readonly body: unknown;
};

/** What was asked wrongly, in Alertmanager's manner: a text. */
export function wrong(text: string, status = 400): Told {
  return { status, body: text };
}

/** No faster than they are read; no further when nobody reads any more. */
export async function tellParts(response: ServerResponse, parts: AsyncIterable<string>): Promise<void> {
  response.writeHead(200, ["Content-Type", "application/json"]);
  const gone = new Promise<void>((resolve) => response.once("close", resolve));
  for await (const part of parts) {
    if (response.destroyed) return;
    if (!response.write(part)) await Promise.race([gone, new Promise((resolve) => response.once("drain", resolve))]);
  }
  response.end();
}
