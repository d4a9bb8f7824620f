// A bucket that checks signatures: what goes over the wire, and that of two writers one wins.
import { describe, expect, test } from "vitest";
import { startBucket, type Bucket } from "../../test/peers/s3.ts";
import type { MirrorChange, MirrorFile, MirrorHost } from "./mirror-host.ts";
import { s3Host, S3Place } from "./s3-host.ts";

const never = new AbortController().signal;
const hostOf = ({ url, key, secret }: Bucket, more: object = {}): MirrorHost =>
  s3Host(S3Place.parse({ s3: url, key, secret, prefix: "status/", ...more }));
const file = (path: string, body: string): MirrorFile => ({ path, body, contentType: "text/html; charset=utf-8" });

function change(token: string, files: readonly MirrorFile[], seq: number, gone: readonly string[] = []): MirrorChange {
  async function* all(): AsyncIterable<readonly MirrorFile[]> {
    yield files;
  }
  return { files: all(), gone, token, state: async () => file("state.json", `{"epoch":1,"seq":${seq}}`) };
}

async function tokenAt(host: MirrorHost): Promise<string> {
  const read = await host.read(never);
  if (!read.ok) throw new Error(read.error);
  return read.value.token;
}

describe("a bucket", () => {
  test("gets only what changed, state.json last, with types and a short memory", async () => {
    await using bucket = await startBucket();
    const host = hostOf(bucket);
    const files = Array.from({ length: 25 }, (_, n) => file(`incidents/${n}.html`, `outage ${n}`));
    const first = await host.write(change(await tokenAt(host), files, 1), never);
    expect(first).toMatchObject({ kind: "written", changed: 26 });
    expect(bucket.asked.at(-1)).toBe("PUT status/state.json");
    expect(bucket.objects.get("status/incidents/3.html")).toMatchObject({
      type: "text/html; charset=utf-8",
      cache: "public, max-age=30",
    });
    // As after a restart: what lies there is read off the list, over its pages.
    bucket.asked.length = 0;
    const fresh = hostOf(bucket);
    const next = change(await tokenAt(fresh), [...files.slice(1), file("incidents/0.html", "another")], 2, [
      "incidents/7.html",
      "theirs",
    ]);
    expect(await fresh.write(next, never)).toMatchObject({ kind: "written", changed: 2 });
    expect(bucket.asked.filter((one) => /^(PUT|DELETE)/u.test(one))).toEqual([
      "PUT status/incidents/0.html",
      "DELETE status/incidents/7.html",
      "PUT status/state.json",
    ]);
  });

  test("lets one of two writers win, and the other know", async () => {
    await using bucket = await startBucket();
    const [one, two] = [hostOf(bucket), hostOf(bucket)];
    const [mine, theirs] = [await tokenAt(one), await tokenAt(two)];
    const wrote = await Promise.all([
      one.write(change(mine, [file("a.html", "one")], 1), never),
      two.write(change(theirs, [file("b.html", "two")], 2), never),
    ]);
    expect(wrote.map(({ kind }) => kind).toSorted()).toEqual(["raced", "written"]);
    expect(await one.write(change(mine, [file("c.html", "late")], 9), never)).toEqual({ kind: "raced" });
    expect(bucket.objects.has("status/c.html")).toBe(false);
  });

  test("says why it failed, without the secret", async () => {
    await using bucket = await startBucket();
    const wrong = hostOf(bucket, { secret: "another-secret" });
    const read = await wrong.read(never);
    expect(read).toMatchObject({ ok: false, error: expect.stringMatching(/403 \(SignatureDoesNotMatch\)/u) });
    expect(JSON.stringify(read)).not.toContain("another-secret");
  });
});
