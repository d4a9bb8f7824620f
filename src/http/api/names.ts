// Names of the config in a query: a misspelt one would only give an empty list.
import type { ComponentId, SourceId, TargetId } from "../../config/names.ts";
import type { Desk } from "../../engine/desk.ts";
import { brand, type Brand } from "../../lib/ids.ts";
import { suggest } from "../../lib/nearest.ts";
import { failed, ok, type Result } from "../../lib/result.ts";
import { oneLine } from "../../lib/text.ts";
import type { Refused } from "../problem.ts";

function named<B extends Brand<string>>(
  what: string,
  name: string | undefined,
  known: readonly B[],
): Result<B | undefined, Refused> {
  if (name === undefined) return ok(undefined);
  const id = brand<B>(name);
  if (known.includes(id)) return ok(id);
  return failed({
    code: "unknown-name",
    detail: `there is no ${what} "${oneLine(name, 64)}"; ${suggest(name, known)}`,
  });
}

export function componentNamed(desk: Desk, name: string | undefined): Result<ComponentId | undefined, Refused> {
  return named("component", name, [...desk.components.keys()]);
}

export function sourceNamed(desk: Desk, name: string | undefined): Result<SourceId | undefined, Refused> {
  return named("source", name, [...desk.sources.keys()]);
}

/** A channel or a publish target: whatever a delivery may go to. */
export function targetNamed(desk: Desk, name: string | undefined): Result<TargetId | undefined, Refused> {
  const channels = [...desk.channels.keys()].map((id) => brand<TargetId>(id));
  return named("channel or publish target", name, [
    ...channels,
    ...desk.targets.keys(),
    ...desk.incidentTargets.keys(),
  ]);
}
