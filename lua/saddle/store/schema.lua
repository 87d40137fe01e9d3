--- The tables of a store of runs, as SQL.
--
--   job       an experiment or a claim as its script defined it: a changed script is another job
--   run       one point of it: parameters as JSON (json.lua: exact doubles), seed, status, times
--   metric    what a finished run returned: numbers (a NaN has the value NULL), booleans, texts
--   array     matrices it returned (times NULL), and curves that it logged: a column for each time
--   holder    who has points at work: its number is the byte that it holds in the lock file
--   note      what a command found out about a job, such as the verdict on a claim, as JSON
--   session   a command at work on points, and task, which they are
--
-- Numbers in blobs are 64-bit floats of the machine, column-major. Times are seconds since 1970.
local schema = {}

schema.ID = 0x5341444C -- "SADL": marks an SQLite file as ours
schema.VERSION = 1

schema.SQL = [[
CREATE TABLE job(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL,
  file TEXT NOT NULL, about TEXT NOT NULL, created REAL NOT NULL,
  UNIQUE(kind, name, hash));
CREATE TABLE run(
  id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES job(id), params TEXT NOT NULL,
  seed INTEGER, status TEXT NOT NULL CHECK(status IN ('pending', 'running', 'done', 'failed')),
  holder INTEGER, attempts INTEGER NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,
  created REAL NOT NULL, started REAL, finished REAL, seconds REAL, error TEXT,
  version TEXT, threads INTEGER, machine TEXT,
  UNIQUE(job, params));
CREATE INDEX run_at_work ON run(holder) WHERE status = 'running';
CREATE TABLE metric(
  run INTEGER NOT NULL REFERENCES run(id), name TEXT NOT NULL,
  type TEXT NOT NULL CHECK(type IN ('number', 'boolean', 'text')), value,
  PRIMARY KEY(run, name)) WITHOUT ROWID;
CREATE TABLE array(
  run INTEGER NOT NULL REFERENCES run(id), name TEXT NOT NULL,
  rows INTEGER NOT NULL, cols INTEGER NOT NULL, times BLOB, data BLOB NOT NULL,
  PRIMARY KEY(run, name)) WITHOUT ROWID;
CREATE TABLE note(
  job INTEGER NOT NULL REFERENCES job(id), name TEXT NOT NULL, value TEXT NOT NULL,
  created REAL NOT NULL, PRIMARY KEY(job, name)) WITHOUT ROWID;
CREATE TABLE holder(
  id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL, host TEXT NOT NULL,
  started REAL NOT NULL);
CREATE TABLE session(id INTEGER PRIMARY KEY AUTOINCREMENT, holder INTEGER NOT NULL);
CREATE TABLE task(
  session INTEGER NOT NULL REFERENCES session(id), run INTEGER NOT NULL REFERENCES run(id),
  PRIMARY KEY(session, run)) WITHOUT ROWID;
]]

return schema
