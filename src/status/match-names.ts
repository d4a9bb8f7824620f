// Their names for what was hit, and the components of our config: exactly, or by a word of the operator, never by a guess. Pure.
import type { ComponentId } from "../config/names.ts";
import { brand } from "../lib/ids.ts";
import { nearest, suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";

export type Named = { readonly id: string; readonly name: string; readonly group: string | null };

export type Match = {
  readonly from: string;
  readonly how: "name" | "id" | "spelling" | "group" | "all" | "alias";
  /** Empty: the operator said that it is none of ours. */
  readonly to: readonly ComponentId[];
};

export type Unmatched = { readonly from: string; readonly nearest?: string };

export type Matched = {
  readonly matches: ReadonlyMap<string, Match>;
  /** In the order in which they were met. */
  readonly unknown: readonly Unmatched[];
  /** Aliases that no entry asked for: a slip of the pen, perhaps. */
  readonly idle: readonly string[];
};

/** `Testing-Farm` and `testing farm` are one name. */
const plain = (name: string): string => name.normalize("NFKC").toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ""); // prettier-ignore

const everything =
  /^(?:all|every(?:thing)?)(?:[ _-](?:of[ _-])?(?:the[ _-])?(?:services?|components?|systems?|jobs?|parts?))?$/iu;

/** `FROM=TO`, where TO is one id, several with commas, or `-` for none. */
export function readAliases(
  given: readonly string[],
  components: readonly Named[],
): Result<ReadonlyMap<string, readonly ComponentId[]>, string> {
  const aliases = new Map<string, readonly ComponentId[]>();
  for (const text of given) {
    const cut = text.lastIndexOf("=");
    if (cut < 1 || cut === text.length - 1)
      return failed(`--alias takes FROM=TO, such as "GitHub=api" or "GitHub=-", not "${text}"`);
    const to = text.slice(cut + 1).trim();
    const ids = to === "-" ? [] : to.split(",").map((id) => id.trim());
    const wrong = ids.find((id) => !components.some((one) => one.id === id));
    if (wrong !== undefined)
      return failed(`--alias: there is no component "${wrong}"; ${suggest(wrong, components.map((one) => one.id))}`); // prettier-ignore
    aliases.set(plain(text.slice(0, cut)), ids.map((id) => brand<ComponentId>(id))); // prettier-ignore
  }
  return ok(aliases);
}

export function matchNames(
  names: readonly string[],
  components: readonly Named[],
  aliases: ReadonlyMap<string, readonly ComponentId[]>,
): Matched {
  const matches = new Map<string, Match>();
  const unknown: Unmatched[] = [];
  for (const from of new Set(names)) {
    const found = match(from, components, aliases);
    if (found !== undefined) matches.set(from, { from, ...found });
    else {
      const near = nearest(from, components.flatMap(({ id, name }) => [name, id])); // prettier-ignore
      const id = components.find((one) => one.name === near || one.id === near)?.id;
      unknown.push({ from, ...(id === undefined ? {} : { nearest: id }) });
    }
  }
  const asked = new Set([...new Set(names)].map(plain));
  return { matches, unknown, idle: [...aliases.keys()].filter((from) => !asked.has(from)) };
}

function match(
  from: string,
  components: readonly Named[],
  aliases: ReadonlyMap<string, readonly ComponentId[]>,
): Omit<Match, "from"> | undefined {
  const one = (how: Match["how"], found: readonly Named[]) =>
    found.length === 0 ? undefined : { how, to: found.map(({ id }) => brand<ComponentId>(id)) };
  const alias = aliases.get(plain(from));
  if (alias !== undefined) return { how: "alias", to: alias };
  // Statuspage writes a member of a group as "Group - Member".
  const short = from.split(" - ").at(-1) ?? from;
  const only = (found: readonly Named[]): readonly Named[] => (found.length === 1 ? found : []);
  return (
    one("name", only(components.filter(({ name }) => name === from))) ??
    one("id", only(components.filter(({ id }) => id === from))) ??
    one("spelling", plain(from) === "" ? [] : only(components.filter((each) => plain(each.name) === plain(from) || plain(each.id) === plain(from)))) ??
    one("spelling", plain(short) === "" ? [] : only(components.filter(({ name, group }) => plain(name) === plain(short) && (short === from || plain(group ?? "") === plain(from.slice(0, -short.length)))))) ??
    one("group", components.filter(({ group }) => group !== null && plain(group) === plain(from))) ??
    one("all", everything.test(from.trim()) ? components : [])
  ); // prettier-ignore
}
