// The kinds of values a config is made of. Each says in its error what it wants.
import { z } from "zod";
import { parseDuration, sayDuration } from "../lib/duration.ts";
import { brand, type Brand } from "../lib/ids.ts";

const idPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** An id: `[a-z0-9-]+`. */
export function idOf<B extends Brand<string>>(): z.ZodType<B, string> {
  return z
    .string()
    .max(64)
    .regex(idPattern, "an id is made of a-z, 0-9 and single dashes, such as copr-builds")
    .transform((id) => brand<B>(id));
}

/** A duration such as `90s`, `15m`, `2h`, `7d`, in milliseconds; not shorter than `leastMs`. */
export function duration(leastMs = 0): z.ZodType<number, string> {
  const form = "a duration is a number and s, m, h or d, such as 90s or 15m";
  return z.string({ error: form }).transform((text, check) => {
    const ms = parseDuration(text);
    const wrong = (message: string): void => check.addIssue({ code: "custom", message });
    if (ms === undefined) wrong(form);
    else if (ms < leastMs) wrong(`must be at least ${sayDuration(leastMs)}`);
    else return ms;
    return z.NEVER;
  });
}

/** `http://…` or `https://…`, without a slash at the end. */
export function webUrl(): z.ZodType<string, string> {
  return z
    .url({ protocol: /^https?$/, error: "a URL begins with https:// or http:// and has no spaces" })
    .transform((url) => url.replace(/\/+$/, ""));
}

/** A number, also from the environment, where all is text. */
export function port(): z.ZodType<number, number | string> {
  return z
    .union([z.int(), z.string().regex(/^\d+$/, "a port is a number from 0 to 65535").transform(Number)])
    .pipe(z.int().min(0).max(65_535));
}

export function timeZone(): z.ZodType<string, string> {
  const known = (zone: string): boolean => {
    try {
      return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
    } catch {
      return false;
    }
  };
  return z.string().refine(known, "there is no such time zone; write it as Europe/Prague or UTC");
}
