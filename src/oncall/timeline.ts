// Who has a role, and until when: contiguous shifts, `[start, end)`. Pure; a role is fixed people for now.
import type { PersonId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import type { Role } from "./role.ts";

export type Shift = {
  readonly start: Instant;
  readonly end: Instant;
  /** Empty where nobody is on call. */
  readonly people: readonly PersonId[];
  readonly because: string;
};

export function timeline(role: Role, from: Instant, to: Instant): readonly Shift[] {
  if (to <= from) return [];
  return [{ start: from, end: to, people: role.people, because: `role ${role.id}, always the same people` }];
}
