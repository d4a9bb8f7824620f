// Errors as application/problem+json (RFC 9457), each with a code that programs may hold on to.
import type { FastifyReply } from "fastify";
import type { Refusal } from "../incidents/obey.ts";
import type { z } from "zod";
import type { Problem } from "./contract.ts";

export function problem(
  reply: FastifyReply,
  status: number,
  code: string,
  detail: string,
  errors?: readonly string[],
): FastifyReply {
  const body: Problem = {
    type: `about:blank#${code}`,
    title: code.replaceAll("-", " "),
    status,
    detail,
    code,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
  return reply.code(status).type("application/problem+json").send(body);
}

const statuses: Readonly<Record<Refusal["code"], number>> = {
  illegal: 409,
  conflict: 409,
  incomplete: 422,
  invalid: 422,
  "unknown-name": 422,
  "not-found": 404,
};

export function refused(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return problem(
    reply,
    statuses[refusal.code],
    refusal.code,
    refusal.message,
    refusal.lacks?.map((lack) => `${lack.field}: ${lack.say}`),
  );
}

/** `$.starts_at: …` for each mistake of a body. */
export function sayIssues(error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${["$", ...issue.path.map(String)].join(".")}: ${issue.message}`);
}
