// A bucket that speaks S3: objects that differ by their MD5, and `state.json` only over the one that was read.
import type { AwsClient } from "aws4fetch";
import { hash } from "node:crypto";
import { z } from "zod";
import { minute, second } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { inParallel } from "./in-parallel.ts";
import { mirrorState, stateFile, type MirrorFile, type MirrorHost, type Written } from "./mirror-host.ts";

export const S3Place = z.strictObject({
  s3: z
    .url({ protocol: /^https?$/, error: "a bucket is written https://host/bucket, or https://bucket.host" })
    .refine((url) => !/\/\/[^/]*@/u.test(url), "no password belongs into an address: write key and secret")
    .refine(
      (url) => new URL(url).pathname.split("/").filter(Boolean).length < 2,
      "the path is the bucket alone; write what comes after it as prefix",
    )
    .transform((url) => url.replace(/\/+$/u, ""))
    .describe("The bucket: https://host/bucket, or https://bucket.host."),
  prefix: z
    .string()
    .regex(/^([\w.-]+\/)*$/u, "a prefix is a path that ends with a slash, such as status/")
    .default("")
    .describe("What the name of each object begins with, such as status/."),
  region: z.string().min(1).optional().describe("The region, where the host's name does not say it; us-east-1."),
  key: z.string().min(1).describe("The access key's id; also key_file."),
  secret: z.string().min(1).describe("The secret access key; also secret_file."),
  conditional: z
    .boolean()
    .default(true)
    .describe(
      "Whether state.json is written with If-Match, so that of two writers one wins. Only for hosts that do not know it: false.",
    ),
});
export type S3Place = z.output<typeof S3Place>;

const none = "none";
const longestAsk = 30 * second;
/** So many requests at a time. */
const atOnce = 16;
/** What somebody else changed in the bucket is looked for each time while that is one request, else so often. */
const oneList = 1_000;
const looksApart = 30;

const md5 = (body: string): string => hash("md5", body, "hex");
const bare = (etag: string | null): string => (etag ?? "").replace(/^W\//u, "").replaceAll('"', "");
const entities: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};
const unescape = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/gu, (entity) => entities[entity] ?? entity);

type Sent = { readonly etag: string; readonly md5: string };
type Ask = {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export function s3Host(place: S3Place): MirrorHost {
  const { s3: bucket, prefix } = place;
  const { host } = new URL(bucket);
  let client: Promise<AwsClient> | undefined;
  /** What lies there, as far as we know. */
  let there: Map<string, Sent> | undefined;
  let looks = 0;

  async function connect(): Promise<AwsClient> {
    const { AwsClient: Client } = await import("aws4fetch");
    const region = place.region ?? (host.endsWith(".amazonaws.com") ? undefined : "us-east-1");
    return new Client({
      accessKeyId: place.key,
      secretAccessKey: place.secret,
      service: "s3",
      retries: 0,
      ...(region === undefined ? {} : { region }),
    });
  }

  async function ask(url: string, { method, headers = {}, body }: Ask, signal: AbortSignal): Promise<Response> {
    const aws = await (client ??= connect());
    const signed = { ...headers, "X-Amz-Content-Sha256": hash("sha256", body ?? "", "hex") };
    const request = await aws.sign(url, { method, headers: signed, ...(body === undefined ? {} : { body }) });
    return fetch(request, { redirect: "error", signal: AbortSignal.any([signal, AbortSignal.timeout(longestAsk)]) });
  }

  const object = (path: string): string => `${bucket}/${prefix}${path}`;

  /** Reads an answer to its end; throws when it is none of those expected. */
  async function expect(response: Response, ...expected: readonly number[]): Promise<string> {
    const text = await response.text();
    if (response.ok || expected.includes(response.status)) return text;
    const code = /<Code>([A-Za-z]{1,60})<\/Code>/u.exec(text)?.[1];
    throw new Error(
      `${host} answers ${response.status}${code === undefined ? "" : ` (${code})`}${advice(response.status, code)}`,
    );
  }

  async function state(signal: AbortSignal): Promise<{ readonly token: string; readonly text?: string }> {
    const response = await ask(object(stateFile), { method: "GET" }, signal);
    const text = await expect(response, 404);
    const token = response.status === 404 ? none : bare(response.headers.get("etag"));
    // Somebody else wrote: what we know of the rest is worth nothing.
    if (there?.get(stateFile)?.etag !== token) there = undefined;
    return response.status === 404 ? { token } : { token, text };
  }

  async function listed(signal: AbortSignal): Promise<Map<string, Sent>> {
    const found = new Map<string, Sent>();
    let after = "";
    do {
      const more: Readonly<Record<string, string>> = after === "" ? {} : { "continuation-token": after };
      const query = new URLSearchParams({ "list-type": "2", prefix, ...more });
      const answer = await expect(
        await ask(
          `${bucket}${new URL(bucket).pathname === "/" ? "/" : ""}?${query.toString()}`,
          { method: "GET" },
          signal,
        ),
      );
      for (const [, entry = ""] of answer.matchAll(/<Contents>(.*?)<\/Contents>/gsu)) {
        const key = unescape(/<Key>(.*?)<\/Key>/su.exec(entry)?.[1] ?? "");
        const etag = bare(unescape(/<ETag>(.*?)<\/ETag>/su.exec(entry)?.[1] ?? ""));
        // Where an ETag is no MD5 (encrypted by a key of one's own), all is sent once after a start.
        if (key.startsWith(prefix)) found.set(key.slice(prefix.length), { etag, md5: etag });
      }
      after = unescape(/<NextContinuationToken>(.*?)<\/NextContinuationToken>/su.exec(answer)?.[1] ?? "");
    } while (after !== "");
    return found;
  }

  /** True: it was sent. `raced`: the condition did not hold. */
  async function put(
    file: MirrorFile,
    condition: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<boolean | "raced"> {
    const { path, body, contentType } = file;
    const code = md5(body);
    if (there?.get(path)?.md5 === code) return false;
    const cache = path === stateFile ? "no-cache" : "public, max-age=30";
    const headers = { "Content-Type": contentType, "Cache-Control": cache, ...condition };
    const response = await ask(object(path), { method: "PUT", headers, body }, signal);
    await expect(response, 412, 409);
    if (!response.ok && Object.keys(condition).length > 0) return "raced";
    if (!response.ok) throw new Error(`${host} answers ${response.status}`);
    there?.set(path, { etag: bare(response.headers.get("etag")) || code, md5: code });
    return true;
  }

  function conditionOf(token: string): Readonly<Record<string, string>> {
    if (!place.conditional) return {};
    return token === none ? { "If-None-Match": "*" } : { "If-Match": `"${token}"` };
  }

  const tried = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<Result<T, string>> => {
    try {
      return ok(await work());
    } catch (thrown) {
      const said = reasonOf(thrown).replaceAll(place.secret, "…");
      return failed(signal.aborted ? "stopped" : oneLine(said.startsWith(host) ? said : `${host}: ${said}`, 300));
    }
  };

  async function head(signal: AbortSignal): Promise<string> {
    const response = await ask(object(stateFile), { method: "HEAD" }, signal);
    await expect(response, 404);
    return response.status === 404 ? none : bare(response.headers.get("etag"));
  }

  return {
    coordinates: place.conditional,
    read: (signal) => tried(async () => state(signal).then(({ token, text }) => mirrorState(token, text)), signal),
    async write({ files, gone, state: stateOf, token }, signal) {
      const wrote = await tried(async (): Promise<Written> => {
        if ((await head(signal)) !== token) return { kind: "raced" };
        there ??= await listed(signal);
        let changed = 0;
        for await (const batch of files)
          await inParallel(batch, atOnce, async (file) => {
            if ((await put(file, {}, signal)) !== true) return;
            changed += 1;
            fault("site.file-written");
          });
        const known = there;
        await inParallel(
          gone.filter((path) => known.has(path)),
          atOnce,
          async (path) => {
            await expect(await ask(object(path), { method: "DELETE" }, signal), 404);
            known.delete(path);
          },
        );
        fault("site.before-state");
        const last = await put(await stateOf(), conditionOf(token), signal);
        fault("site.after-state");
        if (last === "raced") {
          there = undefined;
          return { kind: "raced" };
        }
        return { kind: "written", token: known.get(stateFile)?.etag ?? token, changed: changed + Number(last) };
      }, signal);
      return wrote.ok ? wrote.value : { kind: "failed", because: wrote.error };
    },
    list: (signal) => tried(async () => [...(there ??= await listed(signal)).keys()], signal),
    async altered(paths) {
      looks += 1;
      const before = there;
      if (before === undefined || (before.size > oneList && looks % looksApart !== 0)) return [];
      const now = await tried(() => listed(AbortSignal.timeout(minute)), AbortSignal.timeout(minute));
      if (!now.ok) return [];
      const other = paths.filter((path) => now.value.get(path)?.etag !== before.get(path)?.etag);
      for (const path of other) before.delete(path);
      return other;
    },
    reach: (signal) =>
      tried(async () => {
        const { token } = await state(signal);
        await listed(signal);
        return token === none
          ? `the bucket on ${host} can be read; the first publication fills it`
          : `the bucket on ${host} can be read`;
      }, signal),
  };
}

function advice(status: number, code: string | undefined): string {
  if (status === 501 || code === "NotImplemented") return "; if it knows no If-Match, write conditional: false";
  if (code === "SignatureDoesNotMatch") return ": the secret or the region is not right";
  if (code === "RequestTimeTooSkewed") return ": the clock of this machine is wrong";
  return "";
}
