// Who has a role. A fixed list of people for now; the one function that answers the question.
import type { PersonId, RoleId } from "../config/names.ts";

export type Person = {
  readonly id: PersonId;
  readonly name: string;
  readonly irc?: { readonly account: string };
  readonly email?: string;
};
export type Role = { readonly id: RoleId; readonly name: string; readonly people: readonly PersonId[] };

/** The role that is called when an outage is found. */
export const outageMaster = "outage-master";

/** Who is called for an outage: whoever has `outage-master`, else the first role there is, else nobody. */
export function dutyHolders(roles: ReadonlyMap<RoleId, Role>): readonly PersonId[] {
  const all = [...roles.values()];
  return (all.find((role) => role.id === outageMaster) ?? all[0])?.people ?? [];
}
