/** A real S3-compatible server for tests: OpenStack Swift with its s3api, from a folder made by fetch.sh. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const SERVERS = ["account", "container", "object"] as const;
const PIPELINE = [
  "catch_errors gatekeeper memory bulk listing_formats s3api tempauth copy slo dlo versioned_writes symlink proxy-server",
];

export interface SwiftServer {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

/** @param root where Swift's packages are unpacked. */
export async function startSwift(root: string): Promise<SwiftServer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-swift-"));
  const packages = path.join(root, "usr/lib/python3/dist-packages");
  const env = {
    PATH: process.env["PATH"] ?? "",
    LD_LIBRARY_PATH: path.join(
      root,
      "usr/lib",
      process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu",
    ),
    PYTHONPATH: `${packages}:${here}`,
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const python = (...args: string[]) =>
    execFileSync("/usr/bin/python3", args, { cwd: folder, env, stdio: "pipe" });
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(path.join(folder, name), lines.join("\n"));
  mkdirSync(path.join(folder, "disks/d1"), { recursive: true });
  write("swift.conf", [
    "[swift-hash]",
    "swift_hash_path_suffix = test",
    "[storage-policy:0]",
    "name = p",
    "default = yes",
  ]);
  const common = (port: number) => [
    "[DEFAULT]",
    "bind_ip = 127.0.0.1",
    `bind_port = ${port}`,
    `user = ${os.userInfo().username}`,
    `swift_dir = ${folder}`,
    `devices = ${folder}/disks`,
    "mount_check = false",
    "workers = 0",
    "fallocate_reserve = 0",
  ];
  for (const server of SERVERS) {
    const port = await freePort();
    write(`${server}.conf`, [
      ...common(port),
      "[pipeline:main]",
      `pipeline = ${server}-server`,
      `[app:${server}-server]`,
      `use = egg:swift#${server}`,
    ]);
    const builder = path.join(root, "usr/bin/swift-ring-builder");
    python(builder, `${server}.builder`, "create", "2", "1", "0");
    python(builder, `${server}.builder`, "add", `r1z1-127.0.0.1:${port}/d1`, "1");
    python(builder, `${server}.builder`, "rebalance");
  }
  const port = await freePort();
  const filters = PIPELINE.flatMap((names) => names.split(" ")).filter(
    (name) => !/memory|proxy-server/.test(name),
  );
  write("proxy.conf", [
    ...common(port),
    "[pipeline:main]",
    `pipeline = ${PIPELINE.join(" ")}`,
    "[app:proxy-server]",
    "use = egg:swift#proxy",
    "account_autocreate = true",
    "[filter:memory]",
    "paste.filter_factory = process_cache:filter_factory",
    ...filters.flatMap((name) => [`[filter:${name}]`, `use = egg:swift#${name}`, ...(SETTINGS[name] ?? [])]),
  ]);
  const children: ChildProcess[] = [...SERVERS, "proxy"].map((server) =>
    spawn("/usr/bin/python3", [path.join(here, "launch.py"), server, folder], {
      cwd: folder,
      env,
      stdio: "ignore",
    }),
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await answers(endpoint, children);
  return {
    endpoint,
    credentials: { accessKeyId: "test:tester", secretAccessKey: "testing" },
    async stop() {
      for (const child of children)
        if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  s3api: ["location = us-east-1"],
  tempauth: ["user_test_tester = testing .admin"],
  versioned_writes: ["allow_object_versioning = true"],
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(endpoint: string, children: readonly ChildProcess[]): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (children.some((child) => child.exitCode !== null)) break;
    const response = await fetch(endpoint).catch(() => null);
    if (response !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const child of children) child.kill("SIGKILL");
  throw new Error("Swift did not start.");
}
