// The manifests, without a cluster: by the published schemas, by the rules of OpenShift's restricted-v2, and by what the image is.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { execForm, readContainerfile, repositoryFile, valuesOf } from "../kit/containerfile.ts";
import { mistakesIn } from "../kit/kubernetes-schema.ts";
import { kustomize, Manifest } from "../kit/kustomize.ts";
import { runTocsin } from "../kit/tocsin-process.ts";

const folder = new URL("../../deploy/kubernetes", import.meta.url).pathname;
const overlays = ["plain-sqlite", "plain-postgresql", "openshift-sqlite", "openshift-postgresql", "monitoring"];
const at = (name: string): string => join(folder, name);

const Probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.literal("http") }) });
const Container = z.looseObject({
  image: z.string(),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.int(), hostPort: z.int().optional() })),
  securityContext: z.looseObject({
    allowPrivilegeEscalation: z.boolean().optional(),
    privileged: z.boolean().optional(),
    readOnlyRootFilesystem: z.boolean().optional(),
    runAsUser: z.int().optional(),
    capabilities: z.object({ drop: z.array(z.string()), add: z.array(z.string()).optional() }).optional(),
  }),
  startupProbe: Probe,
  readinessProbe: Probe,
  livenessProbe: Probe,
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() })),
});
const PodSpec = z.looseObject({
  terminationGracePeriodSeconds: z.int(),
  securityContext: z.looseObject({
    runAsNonRoot: z.boolean().optional(),
    runAsUser: z.int().optional(),
    fsGroup: z.int().optional(),
    seccompProfile: z.object({ type: z.string() }).optional(),
  }),
  containers: z.tuple([Container]),
  volumes: z.array(z.looseObject({ name: z.string() })),
});
const Deployment = Manifest.extend({
  spec: z.looseObject({
    replicas: z.int(),
    strategy: z.looseObject({ type: z.string() }),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }), spec: PodSpec }),
  }),
});
type Deployment = z.output<typeof Deployment>;
type PodSpec = z.output<typeof PodSpec>;

function deploymentOf(overlay: string): Deployment {
  return Deployment.parse(kustomize(at(overlay)).find(({ kind }) => kind === "Deployment"));
}

/** What OpenShift's SCC restricted-v2 admits, by hand: it is nowhere published as a schema. */
const admittedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
function refusedByRestricted(pod: PodSpec): readonly string[] {
  const { securityContext: of, containers } = pod;
  const own = containers[0].securityContext;
  const kinds = pod.volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== "name"));
  const rules: Readonly<Record<string, boolean>> = {
    "a UID of its own choice": of.runAsUser !== undefined || own.runAsUser !== undefined,
    "a group of its own choice": of.fsGroup !== undefined,
    "it may be root": of.runAsNonRoot !== true,
    "another seccomp profile": of.seccompProfile?.type !== "RuntimeDefault",
    "privileges may grow": own.allowPrivilegeEscalation !== false || own.privileged === true,
    "capabilities are kept": own.capabilities?.drop.includes("ALL") !== true || own.capabilities.add !== undefined,
    "the host's namespaces": ["hostNetwork", "hostPID", "hostIPC"].some((key) => pod[key] === true),
    "the host's ports": containers[0].ports.some(({ hostPort }) => hostPort !== undefined),
    "volumes of another kind": kinds.some((kind) => !admittedVolumes.includes(kind)),
  };
  return Object.entries(rules).flatMap(([rule, broken]) => (broken ? [rule] : []));
}

describe("the manifests", () => {
  test("are what Kubernetes' published schemas describe, without a key that these lack", () => {
    const objects = [...overlays.map(at), at("secret.example.yaml")].flatMap(kustomize);
    expect(objects.length).toBeGreaterThan(25);
    expect(objects.flatMap(mistakesIn)).toEqual([]);
  });

  test("would not pass with a mistake", () => {
    const [service] = kustomize(at("base/service.yaml"));
    const wrong = (spec: object): readonly string[] => mistakesIn(Manifest.parse({ ...service, spec }));
    expect(wrong({ ports: [{ port: "eighty" }] })).not.toEqual([]);
    expect(wrong({ ports: [{ port: 80 }], selectors: {} }).join()).toContain("selectors");
    expect(mistakesIn(Manifest.parse({ ...service, apiVersion: "v2" }))).not.toEqual([]);
  });

  test.each(["openshift-sqlite", "openshift-postgresql"])("%s is admitted under restricted-v2", (overlay) => {
    expect(refusedByRestricted(deploymentOf(overlay).spec.template.spec)).toEqual([]);
  });

  test("outside OpenShift a group is asked for, which restricted-v2 would refuse", () => {
    expect(refusedByRestricted(deploymentOf("plain-sqlite").spec.template.spec)).toEqual(["a group of its own choice"]);
  });

  test("SQLite has one owner at a time, PostgreSQL three replicas that are never all taken away", () => {
    expect(deploymentOf("openshift-sqlite").spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    expect(deploymentOf("openshift-postgresql").spec).toMatchObject({
      replicas: 3,
      strategy: { type: "RollingUpdate" },
    });
    const kinds = (overlay: string): readonly string[] => kustomize(at(overlay)).map(({ kind }) => kind);
    expect(kinds("openshift-postgresql")).toContain("PodDisruptionBudget");
    expect(kinds("openshift-postgresql")).not.toContain("PersistentVolumeClaim");
    expect(kinds("openshift-sqlite")).toContain("PersistentVolumeClaim");
  });

  describe.each(["plain-sqlite", "plain-postgresql", "openshift-sqlite", "openshift-postgresql"])("%s", (overlay) => {
    const deployment = deploymentOf(overlay);
    const pod = deployment.spec.template.spec;
    const [container] = pod.containers;
    const image = readContainerfile(repositoryFile("deploy/Containerfile")).stages.at(-1) ?? { from: "", steps: [] };

    test("runs this version with a read-only root, and writes to the one volume of the image", () => {
      const { version }: { version: string } = JSON.parse(repositoryFile("package.json"));
      expect(container.image).toBe(`registry.example.org/tocsin:${version}`);
      expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
      const writable = container.volumeMounts
        .filter(({ readOnly }) => readOnly !== true)
        .map(({ mountPath }) => mountPath);
      expect(writable).toEqual(valuesOf(image, "VOLUME").flatMap(execForm));
      const names = (list: readonly { readonly name: string }[]): readonly string[] =>
        list.map(({ name }) => name).toSorted();
      expect(names(container.volumeMounts)).toEqual(names(pod.volumes));
      expect(container.ports.map(({ containerPort }) => String(containerPort))).toEqual(valuesOf(image, "EXPOSE"));
    });

    test("gets visitors when it is ready, keeps them while it lives, and has time to stop", () => {
      const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
      expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(["/readyz", "/healthz", "/healthz"]);
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10 + 5);
    });

    test("is found by what selects it", () => {
      const Labels = z.record(z.string(), z.string());
      const Direct = z.looseObject({ spec: z.looseObject({ selector: Labels }) });
      const Matching = z.looseObject({ spec: z.looseObject({ selector: z.object({ matchLabels: Labels }) }) });
      const { labels } = deployment.spec.template.metadata;
      const selecting = kustomize(at(overlay)).filter(({ kind }) =>
        ["Service", "PodDisruptionBudget", "Deployment"].includes(kind),
      );
      expect(selecting.length).toBeGreaterThan(1);
      for (const object of selecting) {
        const wanted =
          object.kind === "Service"
            ? Direct.parse(object).spec.selector
            : Matching.parse(object).spec.selector.matchLabels;
        expect(labels).toMatchObject(wanted);
      }
    });

    test("brings a config that passes config check, with the secrets of the example", async () => {
      const Data = z.looseObject({ data: z.object({ "tocsin.yaml": z.string() }) });
      const Secret = z.looseObject({ stringData: z.record(z.string(), z.string()) });
      const config = Data.parse(kustomize(at(overlay)).find(({ kind }) => kind === "ConfigMap")).data["tocsin.yaml"];
      const { stringData } = Secret.parse(kustomize(at("secret.example.yaml"))[0]);
      const dir = mkdtempSync(join(tmpdir(), "tocsin-manifest-"));
      try {
        for (const [name, value] of Object.entries(stringData))
          writeFileSync(join(dir, name), value.replace(/^REPLACE-ME$/u, "a-long-enough-token"));
        writeFileSync(join(dir, "tocsin.yaml"), config.replaceAll("/etc/tocsin-secrets", dir));
        const checked = await runTocsin(["config", "check", join(dir, "tocsin.yaml")], {
          env: { PATH: process.env["PATH"] },
        });
        expect([checked.code, checked.err]).toEqual([0, ""]);
      } finally {
        rmSync(dir, { recursive: true });
      }
    });
  });

  test("the Prometheus operator calls the scrape job what the rules expect", () => {
    const Monitor = z.looseObject({
      spec: z.looseObject({
        jobLabel: z.string(),
        endpoints: z.array(z.object({ port: z.string(), path: z.string(), interval: z.string() })),
      }),
    });
    const { spec } = Monitor.parse(kustomize(at("monitoring"))[0]);
    const service = kustomize(at("base")).find(({ kind }) => kind === "Service");
    expect(service?.metadata.labels[spec.jobLabel]).toBe("tocsin");
    expect(spec.endpoints).toMatchObject([{ port: "http", path: "/metrics" }]);
  });
});

const kubectl = spawnSync("kubectl", ["kustomize", at("base")], {
  encoding: "utf8",
  env: { PATH: process.env["PATH"], KUBECONFIG: "/dev/null" },
});
const missing = kubectl.status !== 0;
if (missing)
  process.stderr.write(
    "SKIPPED comparing with kubectl kustomize: there is no kubectl that can; our own reading of the files was tested\n",
  );
test.skipIf(missing).each(overlays)("kubectl kustomize makes of %s what was tested here", (overlay) => {
  const env = { PATH: process.env["PATH"], KUBECONFIG: "/dev/null" };
  const { stdout } = spawnSync("kubectl", ["kustomize", at(overlay)], { encoding: "utf8", env });
  const theirs = parseAllDocuments(stdout).map((document) => Manifest.parse(document.toJS()));
  const byKind = (objects: readonly Manifest[]): ReadonlyMap<string, Manifest> =>
    new Map(objects.map((object) => [object.kind, object]));
  expect(byKind(theirs)).toEqual(byKind(kustomize(at(overlay))));
});
