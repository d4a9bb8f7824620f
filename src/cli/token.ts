// tocsin token create, list, revoke: who may use the API.
import type { Command } from "commander";
import { z } from "zod";
import { scopeNames, scopes } from "../accounts/token.ts";
import { TokenItem, TokenMade } from "../http/contract.ts";
import { isoSeconds, wallClock } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(",")];

function standing(token: TokenItem, now: string): string {
  if (token.revoked !== null) return `revoked ${shortTime(token.revoked)}`;
  if (token.expires === null) return "never";
  const at = `${token.expires.slice(0, 10)} ${token.expires.slice(11, 16)}`;
  return `${token.expires < now ? "expired" : "expires"} ${at}`;
}

function sayTokens(tokens: readonly TokenItem[], now: string): string {
  if (tokens.length === 0) return "No tokens. `tocsin token create NAME --scope read` makes one.";
  const rows = tokens.map((token) => [
    token.name,
    token.scopes.join(","),
    token.person ?? "",
    standing(token, now),
    token.last_used === null ? "never" : shortTime(token.last_used),
    token.created_by.id,
  ]);
  return table(["name", "scopes", "as", "ends (UTC)", "last used (UTC)", "made by"], rows);
}

export function tokenCommands(program: Command, shared: () => Shared): void {
  const token = program.command("token").description("who may use the API from elsewhere");
  const known = scopeNames.map((name) => `${name}: ${scopes[name]}`).join("; ");
  token
    .command("create <name>")
    .description("make one, and print it: it is shown this once. With --as, whoever uses it acts as that person")
    .option("--scope <scope>", `what it may do; may be repeated. ${known}`, many)
    .option("--expires <time>", "when it ends: 90d, 2027-01-01; never unless given")
    .action(async (name: string, flags: { readonly scope?: readonly string[]; readonly expires?: string }) => {
      const { as: person, ...door } = shared();
      const wrong = flags.scope?.find((scope) => scopeNames.every((each) => each !== scope));
      if (wrong !== undefined) throw new Exit(2, `there is no scope "${wrong}"; ${suggest(wrong, scopeNames)}`);
      if (flags.scope === undefined) throw new Exit(2, `a token needs --scope: ${scopeNames.join(", ")}`);
      const made = await ask(TokenMade, door, "POST", "/api/v1/tokens", {
        name,
        scopes: flags.scope,
        ...(flags.expires === undefined ? {} : { expires: flags.expires }),
        ...(person === undefined ? {} : { person }),
      });
      print(
        door.json,
        made,
        () => `${made.token}\nKeep it now: it is not shown again. Revoke it with \`tocsin token revoke ${made.name}\`.`,
      );
    });
  token
    .command("list")
    .description("all of them; the secrets are not kept")
    .action(async () => {
      const found = await ask(z.array(TokenItem), shared(), "GET", "/api/v1/tokens?limit=200");
      print(shared().json, found, () => sayTokens(found, isoSeconds(wallClock.now())));
    });
  token
    .command("revoke <name>")
    .description("end one, at once and for good")
    .action(async (name: string) => {
      const path = `/api/v1/tokens/${encodeURIComponent(name)}/revoke`;
      const done = await ask(TokenItem, shared(), "POST", path);
      print(shared().json, done, () => `The token "${done.name}" is revoked.`);
    });
}
