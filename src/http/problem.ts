// Errors as application/problem+json (RFC 9457), each with a code that programs may hold on to.
import type { FastifyReply } from "fastify";
import type { z } from "zod";
import { check } from "../config/issues.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Problem } from "./contract.ts";
import type { ProblemCode } from "./problem-codes.ts";

/** Why a request was not done, in words for a human and a code for a program. */
export type Refused = {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly string[];
};

export function problemOf(status: number, code: ProblemCode, detail: string, errors?: readonly string[]): Problem {
  return {
    type: `urn:tocsin:problem:${code}`,
    title: code.replaceAll("-", " "),
    status,
    detail,
    code,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}

export function problem(
  reply: FastifyReply,
  status: number,
  code: ProblemCode,
  detail: string,
  errors?: readonly string[],
): FastifyReply {
  return reply
    .code(status)
    .type("application/problem+json")
    .send(problemOf(status, code, detail, errors));
}

/** The engine's refusal, in the words of the API. */
export function refusedBy(refusal: Refusal): Refused {
  const errors = refusal.lacks?.map((lack) => `${lack.field}: ${lack.say}`);
  return { code: refusal.code, detail: refusal.message, ...(errors === undefined ? {} : { errors }) };
}

const mostErrors = 50;

/** Parses what came from outside; the errors say where (`$.starts_at: …`), what, and the nearest match. */
export function parsed<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  code: ProblemCode,
  detail: string,
): Result<z.output<S>, Refused> {
  const first = schema.safeParse(raw);
  if (first.success) return ok(first.data);
  const { mistakes } = check({ schema, raw, under: [] });
  const errors = mistakes.slice(0, mostErrors).map(({ path, message }) => `${["$", ...path].join(".")}: ${message}`);
  return failed({ code, detail, errors });
}
