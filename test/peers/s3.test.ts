// Our bucket against Amazon's own client: what it signs is let in, and nothing else.
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { startBucket, type Bucket } from "./s3.ts";

function clientOf({ url, key }: Bucket, secret: string): S3Client {
  return new S3Client({
    endpoint: new URL(url).origin,
    forcePathStyle: true,
    region: "eu-central-1",
    maxAttempts: 1,
    credentials: { accessKeyId: key, secretAccessKey: secret },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
}

test("Amazon's own client is let in with the secret, and with no other", async () => {
  await using bucket = await startBucket();
  const right = clientOf(bucket, bucket.secret);
  const name = { Bucket: "bucket", Key: "a folder/of (odd) names+more.html" };
  await right.send(new PutObjectCommand({ ...name, Body: "hello", ContentType: "text/html" }));
  const got = await right.send(new GetObjectCommand(name));
  expect(await got.Body?.transformToString()).toBe("hello");
  const list = await right.send(new ListObjectsV2Command({ Bucket: "bucket", Prefix: "a folder/" }));
  expect(list.Contents?.map(({ ETag }) => ETag)).toEqual(['"5d41402abc4b2a76b9719d911017c592"']);
  await expect(right.send(new PutObjectCommand({ ...name, Body: "again", IfNoneMatch: "*" }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 412 },
  });
  const wrong = clientOf(bucket, `${bucket.secret}x`);
  await expect(wrong.send(new PutObjectCommand({ ...name, Body: "theirs" }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  expect([...bucket.objects.values()].map(({ body }) => body)).toEqual(["hello"]);
});
