// Lists, newest first, page by page. A cursor is opaque to clients; inside it is the place of the last entry.
import { z } from "zod";
import { failed, ok, type Result } from "../../lib/result.ts";
import type { Refused } from "../problem.ts";

export const pageQuery = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|1\d\d|200)$/, "must be a whole number from 1 to 200")
    .transform(Number)
    .optional()
    .meta({ type: "integer", minimum: 1, maximum: 200, default: 50 })
    .describe("How many at most."),
  cursor: z.string().min(1).max(400).optional().describe("Where to go on, as the Link of the page before says."),
} as const;

const usualLimit = 50;

/** `true` or `false`, as a query says it. */
export const flag = z.enum(["true", "false"]).transform((word) => word === "true");

type Place = readonly (string | number)[];

export type Paging<P> = { readonly limit: number; readonly after?: P };

/** Reads `limit` and `cursor` of a list; a cursor of another list is refused. */
export function pagingOf<S extends z.ZodType<Place>>(
  list: string,
  place: S,
  query: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): Result<Paging<z.output<S>>, Refused> {
  const limit = query.limit ?? usualLimit;
  if (query.cursor === undefined) return ok({ limit });
  const [of, ...rest] = unpacked(query.cursor);
  const after = place.safeParse(rest);
  if (of !== list || !after.success)
    return failed({ code: "bad-cursor", detail: `this cursor is none of ${list}; begin without one` });
  return ok({ limit, after: after.data });
}

function unpacked(cursor: string): readonly unknown[] {
  try {
    const inside: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(inside) ? inside : [];
  } catch {
    return [];
  }
}

/** One more than the limit is read: whether there is a next page is known without asking again. */
export function pageOf<T>(
  list: string,
  found: readonly T[],
  limit: number,
  place: (last: T) => Place,
): { readonly page: readonly T[]; readonly next?: string } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  if (found.length <= limit || last === undefined) return { page };
  return { page, next: Buffer.from(JSON.stringify([list, ...place(last)])).toString("base64url") };
}
