/* saddle.mpi_core: bytes between the processes that mpirun has started, for lua/saddle/mpi.
 *
 * This file alone sees MPI. It is built by `make mpi` into a module of its own, so that nothing
 * else needs the library, and it knows of no matrices: messages are strings.
 *
 * Nothing here waits for another process. A send copies its bytes and returns at once; what MPI has
 * not yet taken over is kept in a list. Taking asks whether a message has come; the loop around it
 * is in Lua, where Ctrl-C can end it. So no order of sends and receives can lock.
 *
 * The end of the process decides about all of them (on_exit, which unlike atexit tells the status):
 * with status 0 it sends GOODBYE to all, which lets those who wait for it fail rather than hang,
 * and meets them in MPI_Finalize; with any other status, as after an uncaught error, which has been
 * printed by then, MPI_Abort ends the others. The module is linked with -z nodelete, for Lua closes
 * its libraries before that.
 *
 * Reference: MPI: A Message-Passing Interface Standard, version 3.1 (2015); 3.8.2 matching
 * probe. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The tag by which a process says that it sends nothing more; those of Lua are others. */
enum { GOODBYE = 0 };
enum { PATIENCE = 300 };            /* looks */
#define OWNER  "SADDLE_MPI_PROCESS" /* in the environment: the process that is the rank */
#define GLANCE 1e-3                 /* seconds between looks at what the others do, at the end */

typedef struct parcel { /* a send that MPI has not completed */
  struct parcel *next;
  MPI_Request request;
  char bytes[];
} parcel;

static MPI_Comm world; /* a duplicate: messages of other libraries do not meet ours */
static int rank, size;
static pid_t owner; /* this process, not its forks */
static parcel *parcels;

static void check(lua_State *L, const char *fn, int code) {
  char text[MPI_MAX_ERROR_STRING];
  int n;
  if (code == MPI_SUCCESS) return;
  if (MPI_Error_string(code, text, &n) != MPI_SUCCESS) snprintf(text, sizeof text, "%d", code);
  luaL_error(L, "%s: MPI says: %s", fn, text);
}

static void rest(double seconds) {
  struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&t, NULL); /* a signal may end it sooner */
}

/* Frees what has been sent; MPI's code for the first failure. */
static int sweep(void) {
  for (parcel **at = &parcels; *at != NULL;) {
    parcel *p = *at;
    int done = 0, code = MPI_Test(&p->request, &done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) return code;
    if (done) {
      *at = p->next;
      free(p);
    } else
      at = &p->next;
  }
  return MPI_SUCCESS;
}

/* Sends a copy of the bytes, of which there may be none; MPI's code. */
static int post(const char *bytes, size_t count, int to, int tag) {
  parcel *p = malloc(sizeof *p + count);
  if (p == NULL) return MPI_ERR_NO_MEM;
  if (count > 0) memcpy(p->bytes, bytes, count);
  int code = MPI_Isend(p->bytes, (int)count, MPI_BYTE, to, tag, world, &p->request);
  if (code != MPI_SUCCESS) {
    free(p);
    return code;
  }
  p->next = parcels;
  parcels = p;
  return MPI_SUCCESS;
}

/* ---- the end ----------------------------------------------------------------------------------*/

/* Waits until all processes have come here: nobody takes a message any more. Then waits a little
 * for what has been taken to be reported as sent. */
static void meet(void) {
  MPI_Request all;
  int done = 0;
  if (MPI_Ibarrier(world, &all) != MPI_SUCCESS) return;
  while (MPI_Test(&all, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && sweep() == MPI_SUCCESS && !done)
    rest(GLANCE);
  for (int k = 0; k < PATIENCE && parcels != NULL && sweep() == MPI_SUCCESS; k++) rest(GLANCE);
}

static void finish(int status, void *unused) {
  (void)unused;
  if (getpid() != owner) return; /* a fork of the rank */
  signal(SIGTERM, SIG_DFL);      /* nothing below listens */
  fflush(NULL);                  /* MPI_Abort does not */
  if (status != 0) MPI_Abort(world, status);
  for (int to = 0; to < size; to++)
    if (to != rank) post(NULL, 0, to, GOODBYE);
  meet();
  if (parcels != NULL)
    fprintf(stderr, "saddle: mpi: messages of process %d have not been received\n", rank);
  MPI_Finalize();
}

/* ---- for Lua ----------------------------------------------------------------------------------*/

/* mpirun ends its processes by SIGTERM, when Ctrl-C has reached it or one of them was killed: where
 * Ctrl-C is heard, by handler, SIGTERM shall be too, so that what is at work can be put back. */
static void listen_for_the_end(void) {
  struct sigaction action;
  if (sigaction(SIGINT, NULL, &action) != 0) return;
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) return;
  sigaction(SIGTERM, &action, NULL);
}

/* start() -> rank (from 0), number of processes; or nothing in a process that a rank has started:
 * it has inherited mpirun's environment, but is no rank. */
static int start(lua_State *L) {
  char self[24];
  int initialised = 0, provided;
  snprintf(self, sizeof self, "%ld", (long)getpid());
  const char *known = getenv(OWNER);
  if (known != NULL && strcmp(known, self) != 0) return 0;
  check(L, "mpi", MPI_Initialized(&initialised));
  if (!initialised) { /* else another Lua state of this process has */
    if (setenv(OWNER, self, 1) != 0) return luaL_error(L, "mpi: %s", strerror(errno));
    check(L, "mpi", MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided));
    check(L, "mpi", MPI_Comm_dup(MPI_COMM_WORLD, &world));
    check(L, "mpi", MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN));
    check(L, "mpi", MPI_Comm_rank(world, &rank));
    check(L, "mpi", MPI_Comm_size(world, &size));
    owner = getpid();
    listen_for_the_end();
    if (on_exit(finish, NULL) != 0) return luaL_error(L, "mpi: no memory for the exit handler");
  }
  lua_pushinteger(L, rank);
  lua_pushinteger(L, size);
  return 2;
}

/* send(bytes, first, last, to, tag): bytes first..last (from 1, at most 2^31 - 1 of them, or none)
 * go to that rank. */
static int send(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
  lua_Integer to = luaL_checkinteger(L, 4), tag = luaL_checkinteger(L, 5);
  luaL_argcheck(L, first >= 1 && last <= (lua_Integer)n && last - first + 1 <= 0x7fffffff, 2,
                "out of range");
  luaL_argcheck(L, to >= 0 && to < size && to != rank, 4, "no other rank");
  luaL_argcheck(L, tag > GOODBYE && tag < 32768, 5, "no tag"); /* MPI promises as many */
  check(L, "mpi", sweep());
  size_t count = last < first ? 0 : (size_t)(last - first + 1);
  check(L, "mpi", post(bytes + first - 1, count, (int)to, (int)tag));
  return 0;
}

/* take() -> bytes, rank of the sender, tag of the next message that has come; nil when none has.
 * Tag 0: this was the sender's last. Messages of one sender come in order. */
static int take(lua_State *L) {
  MPI_Message message;
  MPI_Status status;
  luaL_Buffer text;
  int there = 0, count = 0;
  check(L, "mpi", sweep());
  check(L, "mpi", MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, world, &there, &message, &status));
  if (!there) {
    lua_pushnil(L);
    return 1;
  }
  check(L, "mpi", MPI_Get_count(&status, MPI_BYTE, &count));
  char *bytes = luaL_buffinitsize(L, &text, (size_t)count);
  check(L, "mpi", MPI_Mrecv(bytes, count, MPI_BYTE, &message, &status));
  luaL_pushresultsize(&text, (size_t)count);
  lua_pushinteger(L, status.MPI_SOURCE);
  lua_pushinteger(L, status.MPI_TAG);
  return 3;
}

/* pause(seconds): leaves the processor to others; for a moment alone while sends are under way, for
 * MPI moves the bytes of large ones when it is called. */
static int pause_for(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1, 1, "from 0 to 1");
  if (parcels != NULL)
    sched_yield();
  else
    rest(seconds);
  return 0;
}

/* hush(): what this process and its children print goes to the standard error from now on. */
static int hush(lua_State *L) {
  fflush(stdout);
  if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return luaL_error(L, "mpi: %s", strerror(errno));
  return 0;
}

__attribute__((visibility("default"))) int luaopen_saddle_mpi_core(lua_State *L);

int luaopen_saddle_mpi_core(lua_State *L) {
  static const luaL_Reg functions[] = {{"start", start},     {"send", send}, {"take", take},
                                       {"pause", pause_for}, {"hush", hush}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
