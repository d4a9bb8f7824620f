// Who types a command: the person they say they are, else the account they are logged in with.
import type { Actor } from "../accounts/actor.ts";
import type { PersonId } from "../config/names.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import type { Person } from "../oncall/role.ts";
import type { Door } from "../http/mount.ts";

/** A header has no room for most letters: names come percent-encoded. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** `as:alice` was asked for and must exist; `user:root` is a login, which may be a person of the config or not. */
function actorFrom(
  header: string | string[] | undefined,
  people: ReadonlyMap<PersonId, Person>,
): Result<Actor, string> {
  const [, how, name] = /^(as|user):(.+)$/.exec(typeof header === "string" ? header : "") ?? [];
  const id = brand<PersonId>(oneLine(decoded(name ?? "") || "unknown", 64));
  if (people.has(id)) return ok({ kind: "person", id, via: "cli" });
  if (how === "as") return failed(`there is no person "${id}"; ${suggest(id, [...people.keys()])}`);
  return ok({ kind: "token", id: `cli:${id}` });
}

/** The socket's door: whoever may open it may do everything, under the name they give. */
export function socketDoor(people: ReadonlyMap<PersonId, Person>): Door {
  return async (request) => {
    const actor = actorFrom(request.headers["x-tocsin-actor"], people);
    if (!actor.ok) return failed({ code: "unknown-name", detail: actor.error });
    return ok({ actor: actor.value, id: `${actor.value.kind}:${actor.value.id}`, scopes: ["admin"] });
  };
}
