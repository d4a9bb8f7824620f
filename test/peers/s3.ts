// A bucket of our own that checks every signature (AWS Signature Version 4) and keeps conditions: If-Match, If-None-Match.
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";

export type Stored = { readonly body: string; readonly type: string; readonly cache: string; readonly at: bigint };

export type Bucket = AsyncDisposable & {
  /** `http://127.0.0.1:…/bucket` */
  readonly url: string;
  readonly key: string;
  readonly secret: string;
  readonly objects: Map<string, Stored>;
  /** `PUT index.html`, in the order of the answers. */
  readonly asked: string[];
  /** While it is set, every request is answered by this status. */
  failing: number | undefined;
};

const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const etagOf = (body: string): string => `"${createHash("md5").update(body).digest("hex")}"`;
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/gu, (sign) => `%${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}`);

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html; undefined when all is right. */
function signatureTrouble(request: IncomingMessage, body: Buffer, key: string, secret: string): string | undefined {
  const { authorization = "" } = request.headers;
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request,\s*SignedHeaders=([\w;-]+),\s*Signature=([0-9a-f]{64})$/u.exec(
      authorization,
    );
  if (found === null) return "AccessDenied";
  const [, id, day = "", region = "", signed = "", signature] = found;
  if (id !== key) return "InvalidAccessKeyId";
  const date = String(request.headers["x-amz-date"]);
  if (!date.startsWith(day)) return "AccessDenied";
  if (
    Math.abs(
      Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, "$1-$2-$3T$4:$5:$6Z")) - Date.now(),
    ) > 900_000
  )
    return "RequestTimeTooSkewed";
  const stated = String(request.headers["x-amz-content-sha256"]);
  if (/^[0-9a-f]{64}$/u.test(stated) && stated !== sha256(body)) return "XAmzContentSHA256Mismatch";
  if (!signed.split(";").includes("host")) return "AccessDenied";
  const url = new URL(request.url ?? "/", "http://any");
  const path = url.pathname
    .split("/")
    .map((part) => encoded(decodeURIComponent(part)))
    .join("/");
  const query = [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join("&");
  const headers = signed.split(";").map(
    (name) =>
      `${name}:${String(request.headers[name] ?? "")
        .trim()
        .replace(/\s+/gu, " ")}\n`,
  );
  const canonical = [request.method, path, query, headers.join(""), signed, stated].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join("\n");
  const signing = ["s3", "aws4_request"].reduce(
    (left, part) => hmac(left, part),
    hmac(hmac(`AWS4${secret}`, day), region),
  );
  return hmac(signing, text).toString("hex") === signature ? undefined : "SignatureDoesNotMatch";
}

const pageSize = 10;

export async function startBucket(): Promise<Bucket> {
  const objects = new Map<string, Stored>();
  const asked: string[] = [];
  let writes = 0n;
  const [key, secret] = ["AKIDEXAMPLE", "s3cret-of-the-bucket"];

  function answer(
    request: IncomingMessage,
    body: Buffer,
  ): { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string } {
    const fault = (status: number, code: string) => ({ status, text: `<Error><Code>${code}</Code></Error>` });
    if (bucket.failing !== undefined) return fault(bucket.failing, "SlowDown");
    const trouble = signatureTrouble(request, body, key, secret);
    if (trouble !== undefined) return fault(403, trouble);
    const url = new URL(request.url ?? "/", "http://any");
    const name = decodeURIComponent(url.pathname.replace(/^\/bucket\/?/u, ""));
    asked.push(`${request.method} ${name}`);
    if (name === "") return { status: 200, text: list(url.searchParams) };
    const found = objects.get(name);
    const etag = found && etagOf(found.body);
    if (request.method === "GET" || request.method === "HEAD") {
      if (found === undefined || etag === undefined) return fault(404, "NoSuchKey");
      return {
        status: 200,
        headers: { ETag: etag, "Content-Type": found.type },
        text: request.method === "GET" ? found.body : "",
      };
    }
    if (request.method === "DELETE") {
      objects.delete(name);
      return { status: 204 };
    }
    if (request.headers["if-none-match"] === "*" && found !== undefined) return fault(412, "PreconditionFailed");
    const match = request.headers["if-match"];
    if (match !== undefined && match !== etag) return fault(etag === undefined ? 404 : 412, "PreconditionFailed");
    const text = body.toString("utf8");
    const type = request.headers["content-type"] ?? "";
    writes += 1n;
    objects.set(name, { body: text, type, cache: request.headers["cache-control"] ?? "", at: writes });
    return { status: 200, headers: { ETag: etagOf(text) } };
  }

  function list(query: URLSearchParams): string {
    const prefix = query.get("prefix") ?? "";
    const all = [...objects].filter(([name]) => name.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const from = Number(query.get("continuation-token") ?? 0);
    const entries = all
      .slice(from, from + pageSize)
      .map(
        ([name, { body }]) =>
          `<Contents><Key>${name}</Key><ETag>${etagOf(body).replaceAll('"', "&quot;")}</ETag></Contents>`,
      );
    const next =
      from + pageSize < all.length ? `<NextContinuationToken>${from + pageSize}</NextContinuationToken>` : "";
    return `<?xml version="1.0"?><ListBucketResult>${entries.join("")}${next}</ListBucketResult>`;
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { status, headers = {}, text } = answer(request, Buffer.concat(parts));
      response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : text);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  const bucket: Bucket = {
    url: `http://127.0.0.1:${address.port}/bucket`,
    key,
    secret,
    objects,
    asked,
    failing: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return bucket;
}
