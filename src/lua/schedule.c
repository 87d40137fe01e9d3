/* sd.schedule: a Lua function of time, read by plans from a table.
 *
 * In an iteration the function is called with plain whole numbers ahead of the steps that need its
 * values, CHUNK at a time, so a run that follows a schedule rarely enters Lua. Looking ahead never
 * fails: the chunk ends before a value that cannot be had, and the error is raised when that value
 * is asked for. No value outlives its iteration, since the function may read what has changed
 * since; outside iterations it is called for each value. */
#include "lw.h"
#include "saddle/status.h"
#include <math.h>

enum { CHUNK = 256 };

typedef struct lw_schedule { /* its user value is the function */
  sd_op op;
  lw_host *host;
  long iteration; /* that the table is of */
  double first;   /* the table holds f(first), ..., f(first + count - 1) */
  int count, calling;
  double values[CHUNK];
} lw_schedule;

/* Pushes f(t), which is a number or an error. */
static double call(lua_State *L, double t) {
  char at[LW_SHAPE], got[LW_SHAPE];
  lua_pushvalue(L, -1);
  if (t == floor(t) && fabs(t) < 0x1p53)
    lua_pushinteger(L, (lua_Integer)t);
  else
    lua_pushnumber(L, t);
  lua_call(L, 1, 1);
  if (!lw_isnumber(L, -1))
    lw_error(L, "schedule: f(%s) must be a number, got %s", lw_number(t, at), lw_show(L, -1, got));
  double v = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return v;
}

static void push_function(lua_State *L, const lw_schedule *s) {
  lw_pushliveop(L, &s->op);
  lua_getiuservalue(L, -1, 1);
  lua_remove(L, -2);
}

static int first_value(lua_State *L) {
  lw_schedule *s = lua_touserdata(L, 1);
  push_function(L, s);
  double v = call(L, s->first);
  s->values[0] = v;
  s->count = 1;
  return 0;
}

static int next_values(lua_State *L) {
  lw_schedule *s = lua_touserdata(L, 1);
  push_function(L, s);
  for (; s->count < CHUNK; s->count++) {
    double v = call(L, s->first + s->count);
    s->values[s->count] = v;
  }
  return 0;
}

/* Raises when the function, called by this op, has come to the op again. */
static int refuse_reentry(lua_State *L) {
  lw_error(L, "schedule: the function is being called already; it cannot read its own schedule");
}

/* values[0] <- f(t), and in an iteration what comes after. */
static int fill(lw_schedule *s, double t) {
  if (s->calling) return lw_protect(s->host, refuse_reentry, s);
  s->calling = 1;
  s->first = t;
  s->count = 0;
  s->iteration = s->host->iteration;
  int before = sd_interrupts(), status = lw_protect(s->host, first_value, s);
  if (status == SD_OK && s->iteration != 0 && t == floor(t) && fabs(t) < 0x1p53) {
    int ahead = lw_protect(s->host, next_values, s);
    if (ahead == SD_EHOST && sd_interrupts() == before)
      lw_dropstash(s->host->L); /* met when its turn comes, if it does */
    else
      status = ahead;
  }
  if (status != SD_OK) s->count = 0;
  s->calling = 0;
  return status;
}

static int infer(sd_site *s) {
  if (s->in[0].rows != 1 || s->in[0].cols != 1)
    return sd_refuse(s, SD_ESHAPE, "t must be a number");
  s->out[0] = sd_type_number();
  return SD_OK;
}

static int run(const sd_call *c) {
  lw_schedule *s = c->op->ctx;
  double t = sd_mat_get(&c->in[0], 0, 0);
  int k = 0;
  if (s->iteration != 0 && s->iteration == s->host->iteration && t >= s->first &&
      t < s->first + s->count && t == floor(t)) {
    k = (int)(t - s->first);
  } else {
    int status = fill(s, t);
    if (status != SD_OK) return status;
  }
  sd_mat_set(&c->out[0], 0, 0, s->values[k]);
  return SD_OK;
}

/* The op of the function at argument 1, pushed: one a function (upvalue 1 is a weak table of
 * them). */
static lw_schedule *op_of(lua_State *L) {
  lua_pushvalue(L, 1);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return lua_touserdata(L, -1);
  lua_pop(L, 1);
  lw_schedule *s = lua_newuserdatauv(L, sizeof *s, 1);
  s->op = (sd_op){.name = "schedule",
                  .nargs = 1,
                  .ctx = s,
                  .infer = infer,
                  .run = run,
                  .reverse = sd_reverse_zero,
                  .forward = sd_forward_zero,
                  .column = sd_column_mixes,
                  .flops = sd_flops_none};
  s->host = lw_hostof(L);
  s->iteration = 0;
  s->first = 0;
  s->count = s->calling = 0;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  lw_registerop(L, &s->op);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, lua_upvalueindex(1));
  return s;
}

/* sd.schedule(f, t) -> f(t), for a number t or a symbol that is one; f gives a number for a
 * number */
static int schedule(lua_State *L) {
  sd_type t;
  lua_settop(L, 2);
  if (!lw_iscallable(L, 1)) lw_argerror(L, "schedule", 1, "a function");
  if (!lw_typeof(L, 2, &t)) lw_argerror(L, "schedule", 2, "a number");
  if (!lw_testsymbol(L, 2)) {
    double at = lw_checknumber(L, "schedule", 2, "t");
    lua_pushvalue(L, 1);
    lua_pushnumber(L, call(L, at));
    return 1;
  }
  lw_schedule *s = op_of(L);
  lw_hostof(L);
  return lw_apply(L, &s->op, NULL, 2, 1);
}

void lw_open_schedule(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k"); /* an entry whose value holds its key is an ephemeron */
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushcclosure(L, schedule, 1);
  lua_setfield(L, -2, "schedule");
}
