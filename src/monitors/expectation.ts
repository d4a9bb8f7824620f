// What an answer must be like for its sender to be well; and if it is not, in words. Pure.
import { z } from "zod";
import { jsonPathTrouble, valuesAt } from "../lib/json-path.ts";
import { pattern, patternTrouble } from "../lib/pattern.ts";
import { list, oneLine } from "../lib/text.ts";

const Status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/u, "a status is a number such as 200, or a class such as 2xx"),
]);

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const Place = z
  .strictObject({
    path: z
      .string()
      .superRefine((path, check) => {
        const trouble = jsonPathTrouble(path);
        if (trouble !== undefined) check.addIssue({ code: "custom", message: trouble });
      })
      .describe("Where in the JSON: an RFC 9535 path such as $.status."),
    is: z
      .union([scalar, z.array(scalar).min(1)])
      .optional()
      .describe("The value that must stand there, or those of which one must."),
    matches: expression().optional().describe("A regular expression (RE2) that the value must match, anywhere in it."),
  })
  .refine(({ is, matches }) => is === undefined || matches === undefined, "write either is or matches, not both");

export const Expectation = z.strictObject({
  status: z
    .union([Status, z.array(Status).min(1)])
    .optional()
    .describe("The status, or those, that mean well: 200, 2xx. 200 unless given."),
  contains: z.string().min(1).optional().describe("Text that must be in the body."),
  matches: expression().optional().describe("A regular expression (RE2) that must match somewhere in the body."),
  json: z
    .union([Place, z.array(Place).min(1)])
    .optional()
    .describe("Values that must stand at places of a JSON body. Only `path`: something must stand there."),
  redirect_to: z
    .url({ protocol: /^https?$/u, error: "a URL begins with https:// or http://" })
    .optional()
    .describe("The answer must be a redirect that leads exactly there; it is not followed."),
});
export type Expectation = z.output<typeof Expectation>;

function expression(): z.ZodString {
  return z.string().check((check) => {
    const trouble = patternTrouble(check.value);
    if (trouble !== undefined) check.issues.push({ code: "custom", message: trouble, input: check.value });
  });
}

export type Shown = {
  readonly status: number;
  /** Where a redirect leads, in full. */
  readonly location?: string;
  /** Not there when it was not asked for. */
  readonly body?: { readonly text: string; readonly cut: boolean; readonly trouble?: string };
};

/** Whether the body must be read at all. */
export function needsBody({ contains, matches, json }: Expectation): boolean {
  return contains !== undefined || matches !== undefined || json !== undefined;
}

/** What is not as it should be, in the words that follow `answered 200 in 0.1 s, `; undefined when all is. */
export function unmet(expectation: Expectation, shown: Shown, limit: string): string | undefined {
  const status = statusUnmet(expectation, shown);
  if (status !== undefined || !needsBody(expectation)) return status;
  const { text = "", cut = false, trouble } = shown.body ?? {};
  if (trouble !== undefined) return `but ${trouble}`;
  const where = cut ? `in the first ${limit} of the body` : "in the body";
  if (expectation.contains !== undefined && !text.includes(expectation.contains))
    return `but "${oneLine(expectation.contains, 80)}" is not ${where}`;
  if (expectation.matches !== undefined && !pattern(expectation.matches).matcher(text).find())
    return `but nothing ${where} matches ${oneLine(expectation.matches, 80)}`;
  return expectation.json === undefined
    ? undefined
    : jsonUnmet([expectation.json].flat(), text, cut ? limit : undefined);
}

function statusUnmet({ status, redirect_to: target }: Expectation, shown: Shown): string | undefined {
  const wanted = [status ?? (target === undefined ? 200 : "3xx")].flat();
  const fits = wanted.some((one) => one === shown.status || one === `${Math.floor(shown.status / 100)}xx`);
  if (!fits) return `expected ${list(wanted.map(String)).replace(/ and /u, " or ")}`;
  if (target === undefined) return undefined;
  if (shown.location === undefined) return `but does not redirect to ${target}`;
  const there = URL.canParse(shown.location) && new URL(shown.location).href === new URL(target).href;
  return there ? undefined : `but redirects to ${oneLine(shown.location, 120)}, not to ${target}`;
}

function jsonUnmet(
  places: readonly z.output<typeof Place>[],
  text: string,
  cutAt: string | undefined,
): string | undefined {
  if (cutAt !== undefined) return `but its JSON is longer than ${cutAt} (body_limit_kb)`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `but its body is not JSON: ${oneLine(text, 60) || "(empty)"}`;
  }
  for (const { path, is, matches } of places) {
    let found: readonly unknown[];
    try {
      found = valuesAt(path, value);
    } catch {
      return `but ${path} cannot be looked up in its JSON, which is too deep`;
    }
    if (found.length === 0) return `but there is no ${path} in its JSON`;
    const said = oneLine(found.map((one) => JSON.stringify(one)).join(", "), 80);
    const wanted = is === undefined ? undefined : [is].flat();
    if (wanted !== undefined && !found.some((one) => wanted.some((each) => each === one)))
      return `but ${path} is ${said}, expected ${wanted.map((each) => JSON.stringify(each)).join(" or ")}`;
    if (
      matches !== undefined &&
      !found.some((one) =>
        pattern(matches)
          .matcher(typeof one === "string" ? one : JSON.stringify(one))
          .find(),
      )
    )
      // prettier-ignore
      return `but ${path} is ${said}, which does not match ${oneLine(matches, 80)}`;
  }
  return undefined;
}
