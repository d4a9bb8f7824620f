// Three replicas with their peers, a stream of alerts that senders send until they are taken, and what must be true at the end.
import { createServer } from "node:http";
import { expect } from "vitest";
import { isoSeconds, minute, wallClock } from "../../src/lib/clock.ts";
import { joinAs, startNgircd, type Ngircd, type Observer } from "../peers/ngircd.ts";
import type { Database } from "../peers/postgres.ts";
import { eventually, makeReplica, type Replica, type ReplicaOptions } from "./replica.ts";

const token = "hook-token-hook-token";
const parts = 120;

/** A thing that is probed: counts who looks, and whether two ever do at once. */
export type Probed = AsyncDisposable & {
  readonly url: string;
  readonly looks: () => number;
  readonly most: () => number;
};

async function probed(): Promise<Probed> {
  let looking = 0;
  let looks = 0;
  let most = 0;
  const server = createServer((_request, response) => {
    looks += 1;
    looking += 1;
    most = Math.max(most, looking);
    response.once("close", () => (looking -= 1));
    // Long enough for two who do not know of one another to meet.
    setTimeout(() => response.end("ok"), 300);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    looks: () => looks,
    most: () => most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Replicas = AsyncDisposable & {
  readonly all: readonly Replica[];
  readonly team: Observer;
  readonly target: Probed;
  /** The config of all, with another way to the database. */
  configFor(databaseUrl: string): string;
  make(name: string, options?: Partial<ReplicaOptions>): Replica;
  /** Who runs the engine now, as they say themselves; undefined when nobody does. */
  leader(): Promise<Replica | undefined>;
  /** Waits until one runs the engine. */
  aLeader(limitMs: number, but?: Replica): Promise<Replica>;
  /** The most connections of ours that the channel ever had at once. */
  mostConnections(): number;
};

function config(server: Ngircd, target: Probed, databaseUrl: string): string {
  const components = Array.from({ length: parts }, (_, i) => `  - { id: part-${i}, name: "Part ${i}" }`).join("\n");
  return `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
database: { url: "${databaseUrl}" }
components:
  - { id: api, name: API }
${components}
people: [{ id: alice, name: Alice, irc: { account: alice } }]
roles: [{ id: outage-master, people: [alice] }]
channels:
  - { id: team-irc, audience: team, type: irc, host: ${server.host}, port: ${server.port}, tls: false, nick: tocsin, join: "#team", pace: { burst: 50, every: 0s } }
sources:
  - { id: hook, type: generic, token: ${token} }
  - { id: probe, type: http-probe, component: api, url: "${target.url}", every: 1s, timeout: 2s }
`;
}

/** Nothing is started but the peers. */
export async function replicasOn(
  database: Pick<Database, "url">,
  names: readonly string[],
  leaseMs?: number,
): Promise<Replicas> {
  const server = await startNgircd();
  const team = await joinAs(server, "watcher", "#team");
  const target = await probed();
  const made: Replica[] = [];
  const make = (name: string, options: Partial<ReplicaOptions> = {}): Replica => {
    const replica = makeReplica(name, { config: config(server, target, database.url), token, leaseMs, ...options });
    made.push(replica);
    return replica;
  };
  const all = names.map((name) => make(name));
  const leader = async (): Promise<Replica | undefined> => {
    for (const replica of made.filter((each) => each.alive())) {
      const says = await replica.ready().catch(() => undefined);
      if (says?.engine === "leading") return replica;
    }
    return undefined;
  };
  return {
    all,
    team,
    target,
    make,
    leader,
    configFor: (url) => config(server, target, url),
    async aLeader(limitMs, but) {
      let found: Replica | undefined;
      const outputs = (): string => made.map((each) => `${each.name}:\n${each.output().slice(-1_500)}`).join("\n");
      await eventually(
        () => `somebody runs the engine\n${outputs()}`,
        async () => {
          found = await leader();
          return found !== undefined && found !== but;
        },
        limitMs,
      );
      if (found === undefined) throw new Error("nobody");
      return found;
    },
    mostConnections: () => mostOfOurs(team.lines),
    async [Symbol.asyncDispose]() {
      for (const replica of made) await replica[Symbol.asyncDispose]();
      await team[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Reads off who came and went. */
function mostOfOurs(lines: readonly string[]): number {
  const here = new Set<string>();
  let most = 0;
  for (const line of lines) {
    const [, nick = "", command, first = ""] = /^:([^!\s]+)\S* (\S+) :?(\S*)/u.exec(line) ?? [];
    if (!nick.startsWith("tocsin")) continue;
    if (command === "JOIN") here.add(nick);
    if (command === "QUIT" || command === "PART") here.delete(nick);
    if (command === "NICK" && here.delete(nick)) here.add(first);
    most = Math.max(most, here.size);
  }
  return most;
}

export type Stream = {
  /** Ends it; resolves when the last alert was taken. */
  stop(): Promise<number>;
};

/** One alert each `everyMs`, each of a component of its own, sent to one replica or another until somebody takes it. */
export function streamAlerts({ all }: Pick<Replicas, "all">, everyMs: number, dice: () => number, from = 0): Stream {
  const stopping = new AbortController();
  const senders: Promise<void>[] = [];
  const began = wallClock.now();
  const send = async (n: number): Promise<void> => {
    // Each began minutes before the one before it, or they would be told as one storm.
    const startsAt = isoSeconds(began - n * 3 * minute);
    const alert = { fingerprint: `f-${n}`, status: "firing", severity: "critical", kind: "down", component: `part-${n}`, summary: `alert ${n} fires`, starts_at: startsAt }; // prettier-ignore
    for (;;) {
      const to = all[Math.floor(dice() * all.length)];
      const answer = to?.alive() === true ? await to.ask("POST", "/hooks/hook", alert, 6_000).catch(() => undefined) : undefined; // prettier-ignore
      if (answer?.status === 202) return;
      if (answer !== undefined && answer.status < 500) throw new Error(`alert ${n}: ${answer.status} ${answer.body}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const run = async (): Promise<number> => {
    let n = from;
    for (; !stopping.signal.aborted && n < parts; n++) {
      senders.push(send(n));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    await Promise.all(senders);
    return n;
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

const marked = / \(possibly repeated\)$/u;

/** Every alert that was taken is in the record and has been told; what was told twice says so. */
export async function judge(replicas: Replicas, database: Database, count: number, limitMs: number): Promise<void> {
  const { team } = replicas;
  const told = (n: number): boolean => team.messages.some((line) => line.includes(`alert ${n} fires`));
  const missing = (): readonly number[] => Array.from({ length: count }, (_, n) => n).filter((n) => !told(n));
  await eventually(
    () => `these were told: all but ${missing().join(", ")}`,
    () => missing().length === 0,
    limitMs,
  );
  const rows = await database.query("select key from alerts where source = 'hook' and status = 'firing'");
  expect(rows.length, "every alert is in the record once").toBe(count);
  const left = await database.query("select id from inbox where status <> 'done'");
  expect(left, "nothing is left in the inbox").toEqual([]);
  const plain = team.messages.filter((line) => !marked.test(line));
  const twice = plain.filter((line, place) => plain.indexOf(line) !== place);
  expect(twice, "no line is said twice without a mark").toEqual([]);
}

/** The record as each replica that lives shows it. */
export async function pagesOf({ all }: Pick<Replicas, "all">): Promise<readonly string[]> {
  return Promise.all(
    all.map(async (replica) => {
      const { epoch, seq, open } = JSON.parse((await replica.ask("GET", "/state.json")).body) as Record<
        string,
        unknown
      >;
      return JSON.stringify({ epoch, seq, open });
    }),
  );
}
