// A whole desk with real peers: Tocsin in a process, ngircd, a mirror folder, and either database.
import { rmSync } from "node:fs";
import { freshDatabase, type Database } from "../peers/postgres.ts";
import { joinAs, startNgircd, type Ngircd, type Observer } from "../peers/ngircd.ts";
import { tocsinProcess, type TocsinProcess } from "./tocsin-process.ts";
import { join } from "node:path";

export type Kind = "sqlite" | "postgres";

export type OutageDesk = AsyncDisposable & {
  readonly tocsin: TocsinProcess;
  readonly server: Ngircd;
  readonly team: Observer;
  readonly users: Observer;
  readonly mirror: string;
};

export type DeskOptions = {
  readonly database: Kind;
  /** A database of the test's own, in place of a fresh one. */
  readonly url?: string;
  /** More sources, as lines of YAML under `sources:`; `FOLDER` is where the process lives. */
  readonly sources?: readonly string[];
  readonly publish?: string;
  /** More keys of the config. */
  readonly more?: string;
};

export const hookToken = "hook-token-hook-token";

function config(folder: string, server: Ngircd, database: string | undefined, options: DeskOptions): string {
  const irc = `type: irc, host: ${server.host}, port: ${server.port}, tls: false, nick: tocsin, pace: { burst: 50, every: 1s }`;
  return `
site: { name: Packit, url: "https://status.example.org", time_zone: Europe/Prague }
server: { port: 0 }
${database === undefined ? "" : `database: { url: "${database}" }`}
components:
  - { id: api, name: Packit API, group: Core }
  - id: copr
    name: Copr builds
    group: External
    upstream: { name: Copr, url: "https://copr.example.org" }
    notice: { affected: "Pull requests that build in Copr", alternatives: ["packit build in-koji"], retrigger: "yes: /packit build" }
  - { id: tests, name: Tests, group: External }
people: [{ id: alice, name: Alice, irc: { account: alice } }, { id: bob, name: Bob }]
roles: [{ id: outage-master, people: [alice] }]
channels:
  - { id: team-irc, audience: team, ${irc}, join: "#team" }
  - { id: users-irc, type: irc, audience: users, same_connection_as: team-irc, join: "#users" }
sources:
  - { id: hook, type: generic, token: ${hookToken} }
${(options.sources ?? []).map((line) => `  - ${line.replaceAll("FOLDER", folder)}`).join("\n")}
publish:
  ${options.publish ?? ""}
  targets: [{ id: folder, type: static-site, to: { directory: "${folder}/mirror" }, every: 1m }]
${options.more ?? ""}
`;
}

/** Starts the peers; Tocsin itself is started by the test. */
export async function outageDesk(options: DeskOptions): Promise<OutageDesk> {
  const server = await startNgircd();
  const team = await joinAs(server, "watcher1", "#team");
  const users = await joinAs(server, "watcher2", "#users");
  const database: Database | undefined = options.database === "postgres" ? await freshDatabase() : undefined;
  const tocsin = await tocsinProcess((folder) => config(folder, server, options.url ?? database?.url, options));
  return {
    tocsin,
    server,
    team,
    users,
    mirror: join(tocsin.folder, "mirror"),
    async [Symbol.asyncDispose]() {
      await tocsin[Symbol.asyncDispose]();
      await team[Symbol.asyncDispose]();
      await users[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await database?.[Symbol.asyncDispose]();
      rmSync(tocsin.folder, { recursive: true, force: true });
    },
  };
}

/** A line that is heard now, or as the clock goes on. */
export async function hears(desk: OutageDesk, who: "team" | "users", pattern: RegExp): Promise<string> {
  const observer = desk[who];
  await desk.tocsin.until(`${who} hears ${String(pattern)}, but only:\n${observer.messages.join("\n")}`, () =>
    observer.messages.some((text) => pattern.test(text)),
  );
  return observer.expects(pattern);
}

/** One alert through the front door. */
export function alert(status: "firing" | "resolved", more: Readonly<Record<string, unknown>> = {}): object {
  return {
    fingerprint: "copr-down",
    status,
    summary: "Copr answers 503",
    component: "copr",
    severity: "critical",
    kind: "down",
    ...more,
  };
}

export const withToken = { Authorization: `Bearer ${hookToken}` };
