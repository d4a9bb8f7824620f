// The CLI's way in: the running server's socket, else the database itself, under its lock.
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { openDesk } from "../app/open-desk.ts";
import { readConfig, settingsFrom, socketPath, type Flags } from "../app/settings.ts";
import { sayConfigError } from "../config/load.ts";
import { DatabaseOwned } from "../db/owner-lock.ts";
import { Problem } from "../http/contract.ts";
import { second, wallClock } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { exchange, type Answer } from "./exchange.ts";
import { askElsewhere, elsewhere, type Elsewhere } from "./remote.ts";

/** 0 done, 1 the answer is no, 2 wrong usage, 3 could not reach or read what it needs. */
export class Exit extends Error {
  readonly code: 1 | 2 | 3;
  constructor(code: 1 | 2 | 3, message: string) {
    super(message);
    this.code = code;
  }
}

export type DoorFlags = Flags & {
  readonly as?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
};

function actorHeader(flags: DoorFlags): string {
  return flags.as === undefined ? `user:${encodeURIComponent(login())}` : `as:${encodeURIComponent(flags.as)}`;
}

/** In a container under a number of its own (OpenShift) nobody has a name. */
export function login(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] ?? `uid-${process.getuid?.() ?? 0}`;
  }
}

function overSocket(path: string, method: string, url: string, actor: string, body: unknown): Promise<Answer> {
  return exchange({ socketPath: path, path: url }, method, { "X-Tocsin-Actor": actor }, body);
}

/** Nobody listens behind the socket file: its server was killed. */
function isDeserted(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && (thrown.code === "ECONNREFUSED" || thrown.code === "ENOENT");
}

async function withoutServer(
  flags: DoorFlags,
  method: string,
  url: string,
  actor: string,
  body: unknown,
): Promise<Answer> {
  const settings = settingsFrom(flags, process.env);
  if (settings.configFile === undefined)
    throw new Exit(
      3,
      "no server runs here, and there is no tocsin.yaml; start one with `tocsin serve`, or name the config with --config",
    );
  const config = readConfig(settings.configFile, process.env);
  if (!config.ok)
    throw new Exit(
      3,
      config.error.kind === "unreadable" ? config.error.message : config.error.errors.map(sayConfigError).join("\n"),
    );
  try {
    await using desk = await openDesk(config.value, settings.dataDir);
    return await desk.ask(method, url, actor, body);
  } catch (thrown) {
    if (thrown instanceof DatabaseOwned) throw thrown;
    throw new Exit(3, `cannot open the database: ${reasonOf(thrown)}`);
  }
}

/** The socket of this folder's server; of its demo, where there is nothing else. */
function socketOf(flags: DoorFlags): string {
  const { dataDir, configFile } = settingsFrom(flags, process.env);
  const real = socketPath(dataDir);
  const demo = socketPath(join(dataDir, "demo"));
  return !existsSync(real) && configFile === undefined && existsSync(demo) ? demo : real;
}

/** A command beside another, or beside a server that is just starting, waits for its turn this long. */
const patience = 5 * second;

async function reach(flags: DoorFlags, method: string, url: string, body: unknown): Promise<Answer> {
  const remote = elsewhere(flags, process.env);
  if (!remote.ok) throw new Exit(2, remote.error);
  if (remote.value !== undefined) return reachElsewhere(remote.value, flags, method, url, body);
  const until = performance.now() + patience;
  for (;;) {
    try {
      return await tryToReach(flags, method, url, body);
    } catch (thrown) {
      if (!(thrown instanceof DatabaseOwned)) throw thrown;
      if (performance.now() > until)
        throw new Exit(
          3,
          `${thrown.message}, but it does not answer on ${socketOf(flags)}; is --data the same as the server's?`,
        );
      await wallClock.wait(100);
    }
  }
}

async function reachElsewhere(
  remote: Elsewhere,
  flags: DoorFlags,
  method: string,
  url: string,
  body: unknown,
): Promise<Answer> {
  if (flags.as !== undefined) throw new Exit(2, "the token says who you are there: leave --as out");
  try {
    return await askElsewhere(remote, method, url, body);
  } catch (thrown) {
    throw new Exit(3, `${remote.url.origin} cannot be reached: ${reasonOf(thrown)}`);
  }
}

async function tryToReach(flags: DoorFlags, method: string, url: string, body: unknown): Promise<Answer> {
  const path = socketOf(flags);
  const actor = actorHeader(flags);
  if (existsSync(path)) {
    try {
      return await overSocket(path, method, url, actor, body);
    } catch (thrown) {
      if (!isDeserted(thrown)) throw new Exit(3, `the server does not answer: ${reasonOf(thrown)}`);
    }
  }
  return withoutServer(flags, method, url, actor, body);
}

/** At a wrong address some other server answers, with a page. */
function jsonIn({ status, body }: Answer): unknown {
  try {
    return JSON.parse(body === "" ? "null" : body);
  } catch {
    throw new Exit(3, `the server answered ${status}, and no JSON; is it a Tocsin?`);
  }
}

/** Asks, and returns what the answer holds. A refusal is exit 1, with the server's words. */
export async function ask<S extends z.ZodType>(
  schema: S,
  flags: DoorFlags,
  method: "GET" | "POST",
  url: string,
  body?: unknown,
): Promise<z.output<S>> {
  const answer = await reach(flags, method, url, body);
  const json = jsonIn(answer);
  if (answer.status < 300) return schema.parse(json);
  const said = Problem.safeParse(json);
  if (!said.success) throw new Exit(3, `the server answered ${answer.status}`);
  const errors =
    said.data.code === "incomplete" ? "" : (said.data.errors ?? []).map((error) => `\n  ${error}`).join("");
  throw new Exit(answer.status >= 500 ? 3 : 1, `${said.data.detail}${errors}`);
}
