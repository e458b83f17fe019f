/**
 * Connections to one agent. It is known by the fingerprint of its certificate and by nothing else: no authority, no
 * name, no date. Not a byte of a request, and so not the key, is sent before the fingerprint was seen.
 */
import { connect } from "node:tls";
import { Pool } from "undici";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { fingerprintOf } from "../certificate.ts";

export interface PinnedAddress {
  readonly host: string;
  readonly port: number;
  /** Lower-case hex SHA-256 of the certificate's DER. */
  readonly fingerprint: string;
}

export type AgentPool = Pick<Pool, "request" | "destroy">;

/** Of one agent, event streams included: far more than slots, far fewer than files a process may open. */
const MOST_CONNECTIONS = 128;

export function createPinnedPool(address: PinnedAddress, clock: Clock, connectMs: number): AgentPool {
  const { host, port, fingerprint } = address;
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return new Pool(`https://${shownHost}:${port}`, {
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    maxHeaderSize: 16 * 1024,
    // Ours run on the injected clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => {
      const socket = connect({
        host,
        port,
        minVersion: "TLSv1.3",
        ALPNProtocols: ["http/1.1"],
        // The chain is the certificate itself: there is nothing to verify but that it is the one. See below.
        rejectUnauthorized: false,
      });
      socket.setNoDelay(true);
      let answered = false;
      const answer = (error: Error | null): void => {
        if (answered) return;
        answered = true;
        cancelTimer();
        if (error === null) {
          socket.off("error", answer);
          callback(null, socket);
        } else {
          socket.destroy();
          callback(error, null);
        }
      };
      const cancelTimer = clock.after(connectMs, () =>
        answer(new Error(`No TLS connection within ${connectMs / 1000} s.`)),
      );
      socket.once("error", answer);
      socket.once("close", () => answer(new Error("The connection was closed during its handshake.")));
      socket.once("secureConnect", () => {
        const certificate = socket.getPeerX509Certificate();
        const isOurs = certificate !== undefined && fingerprintOf(certificate.raw) === fingerprint;
        answer(isOurs ? null : wrongCertificate(host, port));
      });
    },
  });
}

function wrongCertificate(host: string, port: number): ReelburstError {
  return new ReelburstError(
    "AGENT_CERTIFICATE_WRONG",
    `What answers at ${host}, port ${port}, is not the machine of this lease.`,
  );
}
