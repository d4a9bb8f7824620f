// A change until it lies on each kind of host: a folder, a branch of a git remote, a bucket. Beside git: a plain commit and push.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TargetId } from "../src/config/names.ts";
import { minute, wallClock } from "../src/lib/clock.ts";
import { brand } from "../src/lib/ids.ts";
import { silentLog } from "../src/lib/log.ts";
import { staticSite } from "../src/publishers/static-site.ts";
import { full } from "../test/kit/snapshots.ts";
import { siteWith } from "../test/kit/sites.ts";
import { startBucket } from "../test/peers/s3.ts";
import { percentile, report, rounded } from "./figures.ts";
import { makeFolder } from "./programs.ts";

const rounds = Number(process.argv[2] ?? 100);
using folder = makeFolder();
await using bucket = await startBucket();
const remote = join(folder.path, "remote.git");
execFileSync("git", ["init", "--quiet", "--bare", remote]);

const places: readonly (readonly [string, object, number])[] = [
  ["directory", { directory: join(folder.path, "site") }, 200],
  ["git", { git: remote, branch: "gh-pages" }, 2_000],
  ["s3", { s3: bucket.url, key: bucket.key, secret: bucket.secret }, 2_000],
];

async function measure(name: string, to: object): Promise<readonly number[]> {
  const entry = { id: brand<TargetId>(name), config: staticSite.config.parse({ to }) };
  const publisher = staticSite.make(entry, { clock: wallClock, log: silentLog, folder: join(folder.path, name) });
  const took: number[] = [];
  for (let seq = 1; seq <= rounds; seq++) {
    const generatedAt = full.generatedAt + seq * minute;
    const sequence = { epoch: 1, seq };
    const site = siteWith({ ...full, sequence, generatedAt, validUntil: generatedAt + 3 * minute }, [], false);
    const before = performance.now();
    const sent = await publisher.publish(site, sequence, undefined, AbortSignal.timeout(60_000));
    took.push(performance.now() - before);
    if (sent.kind !== "sent") throw new Error(sent.because);
  }
  return took;
}

/** What anybody would do: a clone, ten files written, commit, push. */
function plainGit(): readonly number[] {
  const clone = join(folder.path, "clone");
  const git = (...args: readonly string[]): void =>
    void execFileSync("git", ["-C", clone, "-c", "user.name=x", "-c", "user.email=x@localhost", ...args], {
      stdio: "ignore",
    });
  mkdirSync(clone);
  git("init", "--quiet");
  const took: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const before = performance.now();
    for (let file = 0; file < 10; file++) writeFileSync(join(clone, `${file}.html`), `${n}`.repeat(5_000));
    git("add", "-A");
    git("commit", "--quiet", "-m", "x");
    git("push", "--quiet", remote, "HEAD:refs/heads/plain");
    took.push(performance.now() - before);
  }
  return took;
}

for (const [name, to, target] of places) {
  const took = await measure(name, to);
  const peer = name === "git" ? plainGit() : undefined;
  // The first is the whole site.
  const later = took.slice(1);
  const [p50, p99] = [percentile(later, 0.5), percentile(later, 0.99)];
  report(`publish to ${name}`, {
    first_ms: rounded(took[0] ?? 0, 0),
    p50_ms: rounded(p50, 0),
    p99_ms: rounded(p99, 0),
    ...(peer === undefined
      ? {}
      : { plain_git_p50_ms: rounded(percentile(peer, 0.5), 0), to_plain_git: rounded(p50 / percentile(peer, 0.5)) }),
    target: { p99_ms: target },
  });
}
