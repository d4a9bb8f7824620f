// Bearer tokens: what they may do, how they look, and whether one still counts. Pure.
/** From the least to the most; the first line that fits is the one to take. */
export const scopes = {
  changes: "report a change, such as a deploy; read nothing",
  read: "read everything, drafts included; change nothing",
  respond: "read, and act: incidents, silences, maintenance",
  admin: "all of that, and make and revoke tokens",
} as const;

export type Scope = keyof typeof scopes;
export const scopeNames = ["changes", "read", "respond", "admin"] as const satisfies readonly Scope[];

/** What one scope brings along. */
const includes: Readonly<Record<Scope, readonly Scope[]>> = {
  changes: ["changes"],
  read: ["read"],
  respond: ["respond", "read", "changes"],
  admin: scopeNames,
};

export function allows(given: readonly Scope[], needed: Scope): boolean {
  return given.some((scope) => includes[scope].includes(needed));
}
