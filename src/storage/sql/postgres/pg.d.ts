/** The part of `pg` that is used. Its types are a package of their own, thirty times as long as this. */
declare module "pg" {
  import type { EventEmitter } from "node:events";

  export interface QueryResult {
    readonly rows: object[];
  }

  export interface ClientConfig {
    readonly connectionString?: string;
    readonly ssl?: false | { readonly rejectUnauthorized: boolean; readonly ca?: string };
    readonly application_name?: string;
    readonly connectionTimeoutMillis?: number;
    readonly statement_timeout?: number;
    readonly idle_in_transaction_session_timeout?: number;
    readonly keepAlive?: boolean;
    readonly keepAliveInitialDelayMillis?: number;
    readonly types?: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
  }

  export interface PoolConfig extends ClientConfig {
    readonly max?: number;
    readonly idleTimeoutMillis?: number;
  }

  export interface ClientBase extends EventEmitter {
    query(text: string, values?: readonly unknown[]): Promise<QueryResult | QueryResult[]>;
  }

  export interface PoolClient extends ClientBase {
    /** With an error the connection is thrown away. */
    release(error?: Error | boolean): void;
  }

  export class Client extends EventEmitter implements ClientBase {
    constructor(config: ClientConfig);
    connect(): Promise<void>;
    query(text: string, values?: readonly unknown[]): Promise<QueryResult | QueryResult[]>;
    end(): Promise<void>;
  }

  export class Pool extends EventEmitter {
    constructor(config: PoolConfig);
    connect(): Promise<PoolClient>;
    query(text: string, values?: readonly unknown[]): Promise<QueryResult | QueryResult[]>;
    end(): Promise<void>;
  }

  export const types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
}
