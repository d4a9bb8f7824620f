// What an upstream says of itself is no evidence of ours. Its alerts are told by their keys, which outlive any config:
// `SOURCE/upstream:COMPONENT:ID`, where the ID is the upstream's own and the same for each component that it hits.
import type { ComponentId, SourceId } from "../config/names.ts";
import { alertKey, fingerprintOf, sourceOf, type AlertKey } from "./alert.ts";

const form = /^upstream:[^:]*:/u;

export function hearsayKey(source: SourceId, component: ComponentId, id: string): AlertKey {
  return alertKey(source, `upstream:${component}:${id}`);
}

export function isHearsay(key: AlertKey): boolean {
  return form.test(fingerprintOf(key));
}

/** Nothing of ours is among them. */
export function onlyHearsay(keys: readonly AlertKey[]): boolean {
  return keys.length > 0 && keys.every(isHearsay);
}

/** Which of the upstream's incidents it is about, whatever component of ours that hits; undefined for evidence of ours. */
export function toldOf(key: AlertKey): string | undefined {
  const id = fingerprintOf(key);
  return form.test(id) ? `${sourceOf(key)}/${id.replace(form, "")}` : undefined;
}
