// What every publisher promises, held against each entry of the registry: a new one is tested from its first day.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { check } from "../../src/config/issues.ts";
import type { TargetId } from "../../src/config/names.ts";
import type { Publisher, PublisherProvider } from "../../src/delivery/publisher.ts";
import { wallClock } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import type { Sequence } from "../../src/lib/sequence.ts";
import { publishers } from "../../src/publishers/registry.ts";
import type { Site } from "../../src/status/read-site.ts";
import type { PublicSnapshot } from "../../src/status/snapshot.ts";
import { calm, full, outage } from "../kit/snapshots.ts";
import { siteWith } from "../kit/sites.ts";
import { noSshd, startSshd } from "../peers/sshd.ts";
import { startBucket } from "../peers/s3.ts";
import { heardLog, type HeardLog } from "../peers/heard-log.ts";

const secret = "s3cret-of-the-fixture";

type Outside = AsyncDisposable & {
  readonly config: object;
  /** Whatever an outsider can see, and when each of it was last written. */
  picture(): Readonly<Record<string, { readonly body: string; readonly at: bigint }>>;
  /** It is no longer what one can publish to. */
  breakIt(): void;
};

type Fixture = {
  open(): Promise<Outside>;
  /** Configs that are wrong, with the secret in them. */
  readonly wrong: readonly object[];
};

type Folder = Outside & { readonly folder: string; readonly [Symbol.dispose]: () => void };

function folderOutside(): Folder {
  const parent = mkdtempSync(join(tmpdir(), "tocsin-publish-"));
  const folder = join(parent, "site");
  const remove = (): void => rmSync(parent, { recursive: true, force: true });
  return {
    folder,
    config: { to: { directory: folder } },
    picture: () => {
      if (!existsSync(folder) || !statSync(folder).isDirectory()) return {};
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const paths = entries.map((entry) => join(entry.parentPath, entry.name));
      return Object.fromEntries(
        paths.map((path) => {
          const at = statSync(path, { bigint: true }).mtimeNs;
          return [path.slice(folder.length + 1), { body: readFileSync(path, "utf8"), at }];
        }),
      );
    },
    breakIt: () => {
      rmSync(folder, { recursive: true, force: true });
      writeFileSync(folder, "a file");
    },
    [Symbol.dispose]: remove,
    [Symbol.asyncDispose]: async () => remove(),
  };
}

function branchOutside(): Outside {
  const parent = mkdtempSync(join(tmpdir(), "tocsin-publish-"));
  const remote = join(parent, "remote.git");
  const git = (args: readonly string[], input = ""): Buffer =>
    execFileSync("git", ["--git-dir", remote, ...args], {
      input,
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["pipe", "pipe", "ignore"],
    });
  execFileSync("git", ["init", "--quiet", "--bare", remote]);
  return {
    config: { to: { git: remote, branch: "gh-pages" } },
    picture: () => {
      if (String(git(["for-each-ref", "refs/heads/gh-pages"])) === "") return {};
      const at = BigInt(`0x${String(git(["rev-parse", "gh-pages"])).trim()}`);
      const lines = String(git(["ls-tree", "-r", "-z", "gh-pages"]))
        .split("\0")
        .slice(0, -1);
      const blobs = lines.map((line) => line.split(/[ \t]/u));
      const all = git(["cat-file", "--batch"], blobs.map(([, , code]) => `${code}\n`).join(""));
      let from = 0;
      return Object.fromEntries(
        blobs.map(([, , , path = ""]) => {
          const begin = all.indexOf("\n", from) + 1;
          const size = Number(all.toString("utf8", from, begin).trim().split(" ")[2]);
          from = begin + size + 1;
          return [path, { body: all.toString("utf8", begin, begin + size), at }];
        }),
      );
    },
    breakIt: () => rmSync(remote, { recursive: true }),
    [Symbol.asyncDispose]: async () => rmSync(parent, { recursive: true, force: true }),
  };
}

async function bucketOutside(): Promise<Outside> {
  const bucket = await startBucket();
  return {
    config: { to: { s3: bucket.url, prefix: "status/", key: bucket.key, secret: bucket.secret } },
    picture: () =>
      Object.fromEntries(
        [...bucket.objects].map(([name, { body, at }]) => [name.replace(/^status\//u, ""), { body, at }] as const),
      ),
    breakIt: () => (bucket.failing = 503),
    [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose](),
  };
}

const sshd = noSshd === undefined ? await startSshd() : undefined;
afterAll(async () => sshd?.[Symbol.asyncDispose]());
if (noSshd !== undefined) process.stderr.write(`skipped, mirrors behind ssh: ${noSshd}\n`);

function sshOutside(kind: "rsync" | "sftp"): Outside {
  const { folder, ...outside } = folderOutside();
  mkdirSync(folder);
  const way = { port: sshd?.port, private_key: sshd?.privateKey, host_key: sshd?.hostKey };
  return { ...outside, config: { to: { [kind]: `${sshd?.who}:${folder}`, ...way } } };
}

/** By the type of the publisher; where it has several kinds of places, with a word more. */
const fixtures: Readonly<Record<string, Fixture>> = {
  "static-site": {
    open: async () => folderOutside(),
    wrong: [{ to: { directory: [secret] } }, { to: { directory: "x", token: [secret] } }, { to: secret }],
  },
  "static-site git": {
    open: async () => branchOutside(),
    wrong: [
      { to: { git: `https://user:${secret}@example.org/x.git`, branch: "gh-pages" } },
      { to: { git: "https://example.org/x.git", branch: "../x", token: secret } },
      { to: { git: "git@example.org:x.git", branch: "gh-pages", private_key: secret } },
    ],
  },
  ...(sshd === undefined
    ? {}
    : {
        "static-site rsync": {
          open: async () => sshOutside("rsync"),
          wrong: [
            { to: { rsync: "a@example.org:/srv", private_key: secret } },
            { to: { rsync: "a@example.org:/srv", host_key: secret } },
          ],
        },
        "static-site sftp": {
          open: async () => sshOutside("sftp"),
          wrong: [{ to: { sftp: "-oProxyCommand=x:/srv", port: secret } }],
        },
      }),
  "static-site s3": {
    open: bucketOutside,
    wrong: [
      { to: { s3: `https://key:${secret}@example.org/bucket`, key: "k", secret: "s" } },
      { to: { s3: "https://example.org/bucket/more/of/it", key: "k", secret } },
      { to: { s3: "https://example.org/bucket", secret } },
    ],
  },
};

/** The data directory outlives a publisher. */
const folders = new WeakMap<object, string>();
function folderFor(config: object): string {
  const folder = folders.get(config) ?? mkdtempSync(join(kept, "one-"));
  folders.set(config, folder);
  return folder;
}

const kept = mkdtempSync(join(tmpdir(), "tocsin-kept-"));
afterAll(() => rmSync(kept, { recursive: true, force: true }));

const never = new AbortController().signal;

function publisherOf(provider: PublisherProvider<Site>, config: object, log: HeardLog = heardLog()): Publisher<Site> {
  return provider.make(
    { id: brand<TargetId>("under-test"), config: provider.config.parse(config) },
    { clock: wallClock, log: log.log, folder: folderFor(config) },
  );
}

const siteAt = (view: PublicSnapshot, sequence: Sequence): Site => siteWith({ ...view, sequence });

/** The keys of a config, and of the objects in it, that nothing is said about. */
function undescribed(schema: z.core.JSONSchema._JSONSchema, path = "$"): readonly string[] {
  if (typeof schema === "boolean") return [];
  const options = schema.anyOf ?? [];
  if (options.length > 0) return options.flatMap((option) => undescribed(option, path));
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
    ...(typeof value === "boolean" || value.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(value, `${path}.${key}`),
  ]);
}

const typeOf = (name: string): string => name.split(" ")[0] ?? "";

test("a key that is mistyped is told of in the place that was meant", () => {
  const to = { git: "git@example.org:x.git", brunch: "gh-pages" };
  const { mistakes } = check({ schema: publishers["static-site"]?.config ?? z.never(), raw: { to }, under: [] });
  expect(mistakes.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
    expect.stringMatching(/^to\.branch: missing/u),
    'to.brunch: unknown key; did you mean "branch"?',
  ]);
});

test("every publisher of the registry has a fixture here", () => {
  expect([...new Set(Object.keys(fixtures).map(typeOf))].toSorted()).toEqual(Object.keys(publishers).toSorted());
});

const tested = Object.entries(fixtures).flatMap(([type, fixture]) => {
  const provider = publishers[typeOf(type)];
  return provider === undefined ? [] : [{ type, provider, fixture }];
});

describe.each(tested)("the config of $type", ({ provider, fixture }) => {
  test("an unknown key is refused", async () => {
    await using outside = await fixture.open();
    expect(provider.config.safeParse(outside.config).error).toBeUndefined();
    const refused = provider.config.safeParse({ ...outside.config, surely_unknown: 1 });
    expect(JSON.stringify(refused.error?.issues)).toMatch(/surely_unknown/u);
  });

  test("every key has a description", () => {
    expect(undescribed(z.toJSONSchema(provider.config, { io: "input", unrepresentable: "any" }))).toEqual([]);
  });

  test("a mistake does not repeat a secret", () => {
    for (const config of fixture.wrong) {
      const { error } = provider.config.safeParse(config);
      expect(error).toBeDefined();
      expect(JSON.stringify([error, error?.issues, String(error)])).not.toContain(secret);
    }
  });
});

describe.each(tested)("$type", ({ provider, fixture }) => {
  test("what is published is there, for a second publisher too", async () => {
    await using outside = await fixture.open();
    const first = publisherOf(provider, outside.config);
    expect(await first.publish(siteWith(outage), outage.sequence, undefined, never)).toMatchObject({ kind: "sent" });
    const picture = outside.picture();
    expect(JSON.stringify(Object.values(picture).map(({ body }) => body))).toContain("Copr builds fail on all targets");
    // As after a restart: nothing is remembered, and nothing needs writing.
    const second = publisherOf(provider, outside.config);
    expect(await second.publish(siteWith(outage), outage.sequence, undefined, never)).toMatchObject({ kind: "sent" });
    expect(outside.picture()).toEqual(picture);
  });

  test("publishing the same twice changes nothing outside", async () => {
    await using outside = await fixture.open();
    const publisher = publisherOf(provider, outside.config);
    const first = await publisher.publish(siteWith(full), full.sequence, undefined, never);
    const picture = outside.picture();
    expect(Object.keys(picture)).not.toEqual([]);
    expect(await publisher.publish(siteWith(full), full.sequence, undefined, never)).toEqual(first);
    expect(outside.picture()).toEqual(picture);
  });

  test.each<readonly [string, Sequence]>([
    ["an older number", { epoch: 2, seq: 4 }],
    ["an older epoch, whatever its number", { epoch: 1, seq: 999 }],
  ])("%s is refused, with what is there, and changes nothing, for a fresh publisher too", async (_, older) => {
    await using outside = await fixture.open();
    const publisher = publisherOf(provider, outside.config);
    const newer = { epoch: 2, seq: 5 };
    expect(await publisher.publish(siteAt(outage, newer), newer, undefined, never)).toMatchObject({ kind: "sent" });
    const picture = outside.picture();
    for (const one of [publisher, publisherOf(provider, outside.config)]) {
      expect(await one.publish(siteAt(calm, older), older, undefined, never)).toMatchObject({ kind: "overtaken" });
      expect(outside.picture()).toEqual(picture);
    }
  });

  test("a newer epoch replaces a higher number", async () => {
    await using outside = await fixture.open();
    const publisher = publisherOf(provider, outside.config);
    for (const sequence of [
      { epoch: 1, seq: 999 },
      { epoch: 2, seq: 1 },
    ])
      expect(await publisher.publish(siteAt(calm, sequence), sequence, undefined, never)).toMatchObject({
        kind: "sent",
      });
  });

  test("a place that cannot be written to is tried again, and no secret is told", async () => {
    await using outside = await fixture.open();
    const log = heardLog();
    const publisher = publisherOf(provider, outside.config, log);
    await publisher.publish(siteWith(calm), calm.sequence, undefined, never);
    outside.breakIt();
    const sent = await publisher.publish(siteWith(calm), calm.sequence, undefined, never);
    expect(sent).toMatchObject({ kind: "retry", because: expect.stringMatching(/./u) });
    expect(JSON.stringify([sent, log.lines])).not.toContain(secret);
  });

  test(
    "an aborted signal ends it soon, with no word on the outside and nothing thrown",
    { timeout: 20_000 },
    async () => {
      await using outside = await fixture.open();
      const publisher = publisherOf(provider, outside.config);
      expect(await publisher.publish(siteWith(calm), calm.sequence, undefined, AbortSignal.abort())).toMatchObject({
        kind: "retry",
      });
      expect(outside.picture()).toEqual({});
      const stop = new AbortController();
      const publishing = publisher.publish(siteWith(full), full.sequence, undefined, stop.signal);
      stop.abort();
      expect(["retry", "sent", "unknown"]).toContain((await publishing).kind);
      expect(await publisher.publish(siteWith(full), full.sequence, undefined, never)).toMatchObject({ kind: "sent" });
    },
  );
});

describe("the folder of static-site", () => {
  const { "static-site": provider } = publishers;
  const make = (outside: Folder): Publisher<Site> => {
    if (provider === undefined) throw new Error("there is no static-site");
    return publisherOf(provider, outside.config);
  };
  const publish = async (publisher: Publisher<Site>, view: PublicSnapshot, seq: number): Promise<string> => {
    const sequence = { epoch: 1, seq };
    return (await publisher.publish(siteAt(view, sequence), sequence, undefined, never)).kind;
  };

  test("drafts that a crash left are cleaned away, wherever a file is written", async () => {
    using outside = folderOutside();
    const publisher = make(outside);
    await publish(publisher, outage, 1);
    const folders = new Set(Object.keys(outside.picture()).map((path) => join(outside.folder, path, "..")));
    const drafts = [...folders].map((folder) => join(folder, "gone.html.tocsin-tmp"));
    for (const draft of drafts) writeFileSync(draft, "half of a pa");
    writeFileSync(join(outside.folder, "index.html.tocsin-tmp"), "half of a pa".repeat(100_000));
    expect(await publish(make(outside), outage, 2)).toBe("sent");
    expect(drafts.filter((draft) => existsSync(draft))).toEqual([]);
    expect(Object.keys(outside.picture()).filter((path) => path.endsWith(".tocsin-tmp"))).toEqual([]);
    expect(folders.size).toBe(8);
  });

  test("what a stranger put there stays", async () => {
    using outside = folderOutside();
    const strangers = ["CNAME", ".htaccess", "incidents/about.html", "api/v2/other.json", "notes/1.html"];
    for (const path of strangers) {
      mkdirSync(join(outside.folder, path, ".."), { recursive: true });
      writeFileSync(join(outside.folder, path), path);
    }
    const publisher = make(outside);
    for (const [n, view] of [outage, calm, full].entries()) expect(await publish(publisher, view, n)).toBe("sent");
    const picture = outside.picture();
    expect(strangers.map((path) => picture[path]?.body)).toEqual(strangers);
  });

  test("the page of an incident that the public may no longer see goes", async () => {
    using outside = folderOutside();
    const publisher = make(outside);
    await publish(publisher, outage, 1);
    expect(Object.keys(outside.picture())).toContain("incidents/112.html");
    await publish(publisher, calm, 2);
    expect(Object.keys(outside.picture())).not.toContain("incidents/112.html");
  });

  test("what somebody changed or deleted is put right", async () => {
    using outside = folderOutside();
    const publisher = make(outside);
    await publish(publisher, outage, 1);
    const bodies = (): readonly string[] => Object.values(outside.picture()).map(({ body }) => body);
    const before = bodies();
    writeFileSync(join(outside.folder, "index.html"), "defaced");
    rmSync(join(outside.folder, "status.txt"));
    rmSync(join(outside.folder, "api"), { recursive: true });
    await publish(publisher, outage, 1);
    expect(bodies().toSorted()).toEqual(before.toSorted());
  });

  test("state.json is the youngest file after a publish", async () => {
    using outside = folderOutside();
    await publish(make(outside), full, 1);
    const { "state.json": state, ...others } = outside.picture();
    const youngest = Object.values(others).reduce((latest, { at }) => (at > latest ? at : latest), 0n);
    expect(state?.at).toBeGreaterThanOrEqual(youngest);
  });

  test("state.json tells of nothing that is not there: while any other file fails, it keeps the old state", async () => {
    using outside = folderOutside();
    await publish(make(outside), outage, 1);
    const { "state.json": before, ...others } = outside.picture();
    expect(Object.keys(others).length).toBeGreaterThan(4);
    for (const path of Object.keys(others)) {
      const full = join(outside.folder, path);
      rmSync(full);
      mkdirSync(join(full, "in-the-way"), { recursive: true });
      expect(await publish(make(outside), outage, 2), path).toBe("retry");
      expect(outside.picture()["state.json"], path).toEqual(before);
      rmSync(full, { recursive: true });
    }
    expect(await publish(make(outside), outage, 2)).toBe("sent");
    expect(outside.picture()["state.json"]?.body).toMatch(/"seq":2,/u);
  });

  test.each(["", "{", "null", "[]", '{"epoch":"2","seq":9}', "\0".repeat(100)])(
    "a state.json of somebody else's making does not stop it: %j",
    async (text) => {
      using outside = folderOutside();
      mkdirSync(outside.folder);
      writeFileSync(join(outside.folder, "state.json"), text);
      expect(await publish(make(outside), outage, 1)).toBe("sent");
      expect(outside.picture()["state.json"]?.body).toMatch(/"seq":1,/u);
    },
  );

  test("a file in the folder's place is left as it is", async () => {
    using outside = folderOutside();
    outside.breakIt();
    const publisher = make(outside);
    expect(await publish(publisher, calm, 1)).toBe("retry");
    expect(readFileSync(outside.folder, "utf8")).toBe("a file");
    rmSync(outside.folder);
    expect(await publish(publisher, calm, 1)).toBe("sent");
    expect(Object.keys(outside.picture())).toContain("state.json");
  });
});
