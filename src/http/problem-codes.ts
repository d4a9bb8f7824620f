// Every code that a problem may have, and its status. A code that was released stays.

type About = { readonly status: number; readonly say: string };

function codes<K extends string>(list: Readonly<Record<K, About>>): Readonly<Record<K, About>> {
  return list;
}

export const problemCodes = codes({
  "bad-request": { status: 400, say: "The address, a header or the JSON is not well-formed." },
  "bad-query": { status: 400, say: "The query has a key or a value that this path does not take." },
  "bad-cursor": { status: 400, say: "The cursor is none that this list gave out." },
  unauthorized: { status: 401, say: "The token is missing, wrong, expired or revoked." },
  forbidden: { status: 403, say: "The token lacks the scope that this needs." },
  "not-found": { status: 404, say: "There is no such thing." },
  "unknown-source": { status: 404, say: "The config names no such webhook source." },
  "wrong-method": { status: 405, say: "This path takes other methods; Allow names them." },
  illegal: { status: 409, say: "It cannot be done as things stand." },
  conflict: { status: 409, say: "It has changed since the version that `expect` names." },
  "name-taken": { status: 409, say: "The name belongs to another already." },
  "in-progress": { status: 409, say: "A request with this Idempotency-Key is being answered right now." },
  "version-mismatch": { status: 412, say: "It has changed since the version that If-Match names." },
  "too-large": { status: 413, say: "The body is larger than 1 MiB." },
  "unsupported-media-type": { status: 415, say: "The body is not application/json." },
  invalid: { status: 422, say: "The body is not what this path takes." },
  incomplete: { status: 422, say: "The notice lacks what it needs to be public." },
  "unknown-name": {
    status: 422,
    say: "The config names no such component, person or source, or there is no such word.",
  },
  "key-reused": { status: 422, say: "This Idempotency-Key came with another request before." },
  "not-understood": { status: 422, say: "The webhook's body is not what its source takes; it was kept." },
  "too-many-tries": {
    status: 429,
    say: "Too many wrong tokens came from this address; Retry-After says when to go on.",
  },
  "too-many-questions": {
    status: 429,
    say: "Too many questions came from this address; Retry-After says when to go on.",
  },
  "too-fast": { status: 429, say: "The source sends more than its rate allows; nothing was kept." },
  "inbox-full": { status: 503, say: "Too many webhooks wait to be taken in; nothing was kept." },
  unavailable: { status: 503, say: "It could not be done now; try again after Retry-After." },
});

export type ProblemCode = keyof typeof problemCodes;

const listed: ProblemCode[] = [];
for (const code in problemCodes) if (isCode(code)) listed.push(code);
export const allProblemCodes: readonly ProblemCode[] = listed;

export function isCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCodes, code);
}
