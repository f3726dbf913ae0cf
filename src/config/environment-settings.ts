import { defaultRequestLimits } from '../contract/request-limits.ts'

interface Setting {
  name: string
  fallback: string
  help: string
}

/** All settings. `threadmill --help` prints them. Model providers have their own variables (docs/models.md). */
export const settings: readonly Setting[] = [
  {
    name: 'THREADMILL_HOST',
    fallback: '127.0.0.1',
    help: 'address to listen on; other than loopback needs THREADMILL_API_KEY',
  },
  {
    name: 'THREADMILL_ALLOWED_HOSTS',
    fallback: '',
    help: 'names, with commas, that a server on loopback answers to besides those of loopback, such as that of a proxy',
  },
  {
    name: 'THREADMILL_PRIVATE_HOSTS',
    fallback: '',
    help: 'names, addresses and networks (10.0.0.0/8), with commas, that webhooks, MCP servers, files and pictures may be at although they are private; * for all',
  },
  { name: 'THREADMILL_PORT', fallback: '4711', help: 'port to listen on; 0 takes any free one' },
  {
    name: 'THREADMILL_DATA_DIR',
    fallback: './data',
    help: 'folder of the database, the files and the generated key',
  },
  {
    name: 'THREADMILL_DATABASE_URL',
    fallback: '',
    help: 'postgres:// address of a database that several servers may share, in place of the one in the data folder',
  },
  {
    name: 'THREADMILL_DATABASE_LISTEN_URL',
    fallback: '',
    help: 'the database itself, where the other address is that of a pooler in transaction mode (PgBouncer)',
  },
  {
    name: 'THREADMILL_DATABASE_SCHEMA',
    fallback: 'threadmill',
    help: 'schema of the tables in PostgreSQL',
  },
  {
    name: 'THREADMILL_DATABASE_CONNECTIONS',
    fallback: '16',
    help: 'connections to PostgreSQL that this server has at most, beside one for notifications',
  },
  {
    name: 'THREADMILL_DATABASE_TIMEOUT',
    fallback: '30',
    help: 'seconds that PostgreSQL may take for one statement',
  },
  {
    name: 'THREADMILL_FILES_URL',
    fallback: '',
    help: 'where contents of files are, in place of the data folder: s3://BUCKET/PREFIX?endpoint=URL&region=NAME',
  },
  {
    name: 'THREADMILL_API_KEY',
    fallback: '',
    help: 'the key that clients send; without it one is made at first start',
  },
  {
    name: 'THREADMILL_ADMIN_KEY',
    fallback: '',
    help: 'the key of the administration API; without it one is made at first start, in admin-api-key of the data folder',
  },
  {
    name: 'THREADMILL_LOG_LEVEL',
    fallback: '',
    help: 'what is logged: "info" (requests and all else), "warn" or "error"; "warn" on a terminal, otherwise "info"',
  },
  {
    name: 'THREADMILL_LOG_FILE',
    fallback: '',
    help: 'file that the log is appended to, in place of stderr; SIGUSR2 opens it again, for programs that rotate logs',
  },
  {
    name: 'THREADMILL_CONFIG',
    fallback: '',
    help: 'JSON file with model providers, aliases, embedding, reranker, code interpreter and webhooks',
  },
  {
    name: 'THREADMILL_CODE_INTERPRETER',
    fallback: '',
    help: '"auto" takes the best sandbox found, "off" refuses the tool; docs/code-interpreter.md has the others (auto)',
  },
  {
    name: 'THREADMILL_DRAIN_SECONDS',
    fallback: '0',
    help: 'seconds between SIGTERM, from which "/health?ready" says 503, and the end of the server',
  },
  {
    name: 'THREADMILL_KEEP_RUNS_DAYS',
    fallback: '',
    help: 'days after which a finished run, its steps and events are deleted; its messages stay (for ever)',
  },
  {
    name: 'THREADMILL_KEEP_RUN_LOGS_DAYS',
    fallback: '',
    help: 'days after which the events and the timeline of a finished run are deleted; the run and its steps stay (for ever)',
  },
  {
    name: 'THREADMILL_KEEP_IDLE_THREADS_DAYS',
    fallback: '',
    help: 'days without a message or run after which a thread is deleted with all that is in it (for ever)',
  },
  {
    name: 'THREADMILL_KEEP_FILES_DAYS',
    fallback: '',
    help: 'days after which a file is deleted, and leaves its vector stores (for ever)',
  },
  {
    name: 'THREADMILL_KEEP_ARCHIVED_PROJECTS_DAYS',
    fallback: '',
    help: 'days after which all that is in an archived project is erased, but not its usage and audit logs (for ever)',
  },
  {
    name: 'THREADMILL_KEEP_AUDIT_LOGS_DAYS',
    fallback: '',
    help: 'days after which an audit log is deleted (for ever)',
  },
  {
    name: 'THREADMILL_KEEP_TRACES_DAYS',
    fallback: '',
    help: 'days after which a trace that a program has sent is deleted (for ever)',
  },
  {
    name: 'THREADMILL_CONTAINER_MINUTES',
    fallback: '20',
    help: 'minutes without activity after which a container of the code interpreter expires, at most',
  },
  {
    name: 'THREADMILL_KEEP_CONTAINERS_DAYS',
    fallback: '30',
    help: 'days after which an expired container is deleted, with its files where no other one goes on with them',
  },
  {
    name: 'THREADMILL_FIRST_BYTE_TIMEOUT',
    fallback: '120',
    help: 'seconds that a model may take until it sends something',
  },
  {
    name: 'THREADMILL_CONNECT_TIMEOUT',
    fallback: '10',
    help: 'seconds that a connection to a chat server may take to come about; other providers have 10',
  },
  {
    name: 'THREADMILL_MAX_ANSWER_BYTES',
    fallback: '4194304',
    help: 'size at which an answer of a model ends as incomplete',
  },
  {
    name: 'THREADMILL_MAX_MESSAGES',
    fallback: '',
    help: `messages that one request may add to a thread, at most 10,000 (${defaultRequestLimits.messages})`,
  },
  {
    name: 'THREADMILL_MAX_TOOL_OUTPUT_CHARACTERS',
    fallback: '',
    help: `characters of the output of one tool call (${defaultRequestLimits.toolOutputCharacters})`,
  },
  {
    name: 'THREADMILL_MAX_TOOL_OUTPUTS_BYTES',
    fallback: '',
    help: `bytes that all tool outputs of one request stay below together (${defaultRequestLimits.toolOutputsBytes})`,
  },
  {
    name: 'THREADMILL_MODEL_MIRROR',
    fallback: '',
    help: 'address from which "models pull" and "setup" fetch the embedding model, in place of the usual one',
  },
  {
    name: 'THREADMILL_PYPI_MIRROR',
    fallback: '',
    help: 'package index of "setup", in place of the one that uv or pip is configured to use',
  },
  {
    name: 'THREADMILL_PYODIDE_MIRROR',
    fallback: '',
    help: 'address from which "python prefetch" fetches, in place of the usual one',
  },
]
