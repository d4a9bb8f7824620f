// The kinds of values a config is made of. Each says in its error what it wants.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import { hour, minute, second } from "../lib/clock.ts";
import { parseDuration, sayDuration } from "../lib/duration.ts";
import { brand, type Brand } from "../lib/ids.ts";
import { mistyped } from "../lib/placeholders.ts";
import { parseSize, saySize } from "../lib/size.ts";
import type { Rate } from "../lib/token-bucket.ts";

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

const ratePattern = /^(\d{1,7})\/([smh])$/;
const rateSpans: Readonly<Record<string, number>> = { s: second, m: minute, h: hour };

/** A rate such as `100/s`, `60/m` or `1000/h`. */
export function rate(): z.ZodType<Rate, string> {
  const form = "a rate is a number, a slash and s, m or h, such as 100/s or 60/m";
  return z.string({ error: form }).transform((text, check) => {
    const [, count, span = ""] = ratePattern.exec(text) ?? [];
    const perMs = rateSpans[span];
    if (perMs !== undefined && Number(count) > 0) return { count: Number(count), perMs };
    check.addIssue({ code: "custom", message: form });
    return z.NEVER;
  });
}

/** A size such as `512KiB` or `2MiB`, in bytes; not larger than `most`. */
export function size(most: number): z.ZodType<number, string> {
  const form = "a size is a number and KiB or MiB, such as 512KiB or 2MiB";
  return z.string({ error: form }).transform((text, check) => {
    const bytes = parseSize(text);
    const wrong = (message: string): void => check.addIssue({ code: "custom", message });
    if (bytes === undefined || bytes === 0) wrong(form);
    else if (bytes > most) wrong(`must be at most ${saySize(most)}`);
    else return bytes;
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

/** `10.0.0.0/8`, `::1`: a network or one address. */
export function network(): z.ZodType<string, string> {
  const right = (text: string): boolean => {
    const [address = "", bits, ...more] = text.split("/");
    const most = isIP(address) === 6 ? 128 : 32;
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    return isIP(address) !== 0 && fits && more.length === 0;
  };
  return z.string().refine(right, "must be an address or a network such as 10.0.0.0/8");
}

/** `/` or `/status/`; always with a slash at both ends. */
export function basePath(): z.ZodType<string, string> {
  return z
    .string()
    .regex(/^(\/[\w.~-]+)*\/?$/, "must be a path such as /status/")
    .transform((path) => `${path.replace(/\/$/, "")}/`);
}

/** A certificate and its key, as PEM: what does not fit together must not be found out by the first reader. */
export const KeyPair = z
  .strictObject({
    cert: z.string().describe("The certificate and those between it and its authority, as PEM; usually cert_file."),
    key: z.string().describe("Its private key, as PEM; usually key_file."),
  })
  .superRefine(({ cert, key }, check) => {
    const wrong = (path: string, message: string): void => check.addIssue({ code: "custom", path: [path], message });
    const certificate = tried(() => new X509Certificate(cert));
    const secret = tried(() => createPrivateKey(key));
    if (certificate === undefined) wrong("cert", "holds no certificate (PEM: -----BEGIN CERTIFICATE-----)");
    if (secret === undefined) wrong("key", "holds no private key (PEM, without a passphrase)");
    if (certificate !== undefined && secret !== undefined && !certificate.checkPrivateKey(secret))
      wrong("key", "is not the key of that certificate");
  });

function tried<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

const placeholders = ["component", "upstream"];

/** A text with {component} and {upstream} in it; other words in braces are the operator's own. */
export function filled(text: z.ZodString): z.ZodString {
  return text.check((check) => {
    const slip = mistyped(check.value, placeholders);
    if (slip === undefined) return;
    const message = `there is no {${slip.word}}; did you mean {${slip.meant}}?`;
    check.issues.push({ code: "custom", message, input: check.value });
  });
}
