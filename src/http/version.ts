// Which version of a thing the sender saw: by If-Match, or by `expect` in the body.
import type { z } from "zod";
import type { Refusal } from "../incidents/obeyed.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { refusedBy, type Refused } from "./problem.ts";

/** The body of an order on something that has versions. */
export type Ordering = z.ZodObject & z.ZodType<{ readonly expect?: number | undefined }>;

type Versioned = { readonly version?: number; readonly body: { readonly expect?: number | undefined } };

/** Undefined: whatever it is by now. */
export function versionSeen({ version, body: { expect } }: Versioned): Result<number | undefined, Refused> {
  if (version !== undefined && expect !== undefined && version !== expect)
    return failed({ code: "invalid", detail: "If-Match and `expect` name two versions; which one did you see?" });
  return ok(version ?? expect);
}

/** A conflict with If-Match is a precondition that failed. */
export function refusedFor(refusal: Refusal, { version }: Versioned): Refused {
  const refused = refusedBy(refusal);
  return refused.code === "conflict" && version !== undefined ? { ...refused, code: "version-mismatch" } : refused;
}
