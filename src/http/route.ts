// One way to declare a route of the JSON API: the server, the OpenAPI document and the tests are made from it.
import { z } from "zod";
import type { Actor } from "../accounts/actor.ts";
import type { Scope } from "../accounts/token.ts";
import type { Desk } from "../engine/desk.ts";
import { ok, type Result } from "../lib/result.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { parsed, type Refused } from "./problem.ts";

/** What an answer says beside its body. `version` becomes the ETag, `next` the cursor of the next page. */
type Beside = { readonly version?: number; readonly next?: string };

type Answers = Readonly<Record<number, z.ZodType>>;

type AnswerOf<A extends Answers> = {
  [S in keyof A & number]: Beside & { readonly status: S; readonly body: z.input<A[S]> };
}[keyof A & number];

/** `version`: what If-Match asks for; only where the route is `versioned`. */
export type Asked<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject> = {
  readonly actor: Actor;
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
  readonly version?: number;
};

/** What the outside sees of a route. */
export type RouteFacts = {
  readonly method: "GET" | "POST";
  /** `/api/v1/incidents/{number}`. */
  readonly path: string;
  /** One resource, one tag: the chapters of `/api/docs`. */
  readonly tag: string;
  /** An imperative, as a person would say it. */
  readonly summary: string;
  readonly scope: Scope;
  /** Codes that it may answer beside those that every route may. */
  readonly problems: readonly ProblemCode[];
  /** Takes If-Match. */
  readonly versioned?: true;
  /** Of its body, where 1 MiB is too little. */
  readonly bodyLimit?: number;
  /** Its answer holds a secret: it is never kept, so an Idempotency-Key is refused. */
  readonly secret?: true;
};

/** In the place of params, query or body, where a route takes none. */
export const nothing = z.strictObject({});

type Spec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, A extends Answers> = RouteFacts & {
  readonly params: P;
  readonly query: Q;
  /** A body that was left out is `{}`. */
  readonly body: B;
  readonly answers: A;
  readonly answer: (desk: Desk, asked: Asked<P, Q, B>) => Promise<Result<AnswerOf<A>, Refused>>;
};

/** What a route answers when it did what was asked. */
export function answered<S extends number, B>(
  status: S,
  body: B,
  beside: Beside = {},
): { readonly ok: true; readonly value: Beside & { readonly status: S; readonly body: B } } {
  return ok({ status, body, ...beside });
}

/** A request, parsed no further than HTTP goes. */
export type Raw = {
  readonly actor: Actor;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly version?: number;
};

export type Said = Beside & { readonly status: number; readonly body: unknown };

export type Route = RouteFacts & {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodObject;
  readonly answers: Answers;
  /** Checks the request without doing anything: what fails here was never begun. */
  readonly prepare: (raw: Raw) => Result<(desk: Desk) => Promise<Result<Said, Refused>>, Refused>;
};

/** Declares one route; the types of the request and the answers are those of its schemas. */
export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, A extends Answers>(
  spec: Spec<P, Q, B, A>,
): Route {
  const { answer, ...declared } = spec;
  return {
    ...declared,
    prepare(raw) {
      const params = parsed(spec.params, raw.params, "not-found", "there is no such thing");
      if (!params.ok) return params;
      const query = parsed(spec.query, raw.query, "bad-query", "this path does not take that query");
      if (!query.ok) return query;
      const body = parsed(spec.body, raw.body ?? {}, "invalid", "this path does not take that body");
      if (!body.ok) return body;
      return ok(async (desk) => answer(desk, { ...raw, params: params.value, query: query.value, body: body.value }));
    },
  };
}
