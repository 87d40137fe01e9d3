/* The binding's own tools: what every luaL_Reg file of this directory shares.
 *
 * A binding function does four things in this order: check the arguments; create the outputs,
 * which Lua owns; make one core call; raise lw_fail if it failed. Nothing taken by sd_alloc may be
 * alive across a Lua call that can raise: scratch memory that must live longer comes from
 * lw_scratch.
 *
 * Messages start with the function's name and name the shapes: "matmul: inner dimensions differ:
 * A is 64x32, B is 30x10". */
#ifndef SADDLE_LUA_LW_H
#define SADDLE_LUA_LW_H

#include "saddle/graph.h"
#include "saddle/hyper.h"
#include "saddle/matrix.h"
#include "saddle/plan.h"
#include "saddle/rng.h"
#include "saddle/spectral.h"
#include <lauxlib.h>
#include <lua.h>

#define LW_MATRIX "saddle.matrix" /* the metatable's name in the registry */

/* ---- matrices: userdata that starts with an sd_mat --------------------------------------------
 * An owner holds its elements in the same userdata, 64-byte aligned, without __gc: the collector
 * sees every byte. A view is a header whose user value is the owner. */

typedef struct lw_owner {
  sd_mat m;
  uint64_t version; /* counts writes, so that plans see when a captured matrix has changed */
} lw_owner;
typedef struct lw_view {
  sd_mat m;
  int frozen; /* made by sd.frozen: constant for derivatives and optimisers */
} lw_view;

/* Pushes a new owner, elements undefined, and returns its header. Raises when memory is short. */
sd_mat *lw_newmat(lua_State *L, const char *fn, ptrdiff_t rows, ptrdiff_t cols, int dtype);
/* Pushes a view of the matrix at index `of` (an owner or a view) with header m. */
lw_view *lw_newview(lua_State *L, int of, sd_mat m);
/* The owner of the matrix at arg, which is pushed. */
lw_owner *lw_pushowner(lua_State *L, int arg);
/* As lw_checkmat, for a function that writes to the matrix: its version rises. */
sd_mat *lw_checktarget(lua_State *L, const char *fn, int arg);
/* Which of these the value at arg is. */
enum { LW_OTHER, LW_IS_MATRIX, LW_IS_SYMBOL, LW_IS_RNG };
int lw_class(lua_State *L, int arg);
/* luaL_newmetatable, of one of them. */
void lw_newclass(lua_State *L, const char *name, int class);
/* The matrix at arg, or NULL when the value is something else. */
sd_mat *lw_testmat(lua_State *L, int arg);
/* The matrix at arg, or an error "fn: argument 2 must be a matrix, got nil". */
sd_mat *lw_checkmat(lua_State *L, const char *fn, int arg);
/* A matrix, or a number as a 1x1 matrix over *cell, of dtype f64. */
sd_mat lw_checkoperand(lua_State *L, const char *fn, int arg, double *cell);
/* Arguments 1 and 2 as operands A and B of one dtype: a number takes that of the other. */
void lw_checkpair(lua_State *L, const char *fn, sd_mat *a, double *ca, sd_mat *b, double *cb);
/* Turns the number in a (an operand over its cell) into dtype, so that numbers go with f32 too. */
void lw_match(sd_mat *number, double *cell, int dtype);
/* The operand at argument 1, or an error "fn: A must be square, got 2x3". */
sd_mat lw_checksquare(lua_State *L, const char *fn, double *cell);
/* 1 when the value at arg is a Lua number (strings that look like numbers are not). */
int lw_isnumber(lua_State *L, int arg);
/* 1 when the value at arg is the string `word`. */
int lw_isword(lua_State *L, int arg, const char *word);

/* ---- arguments --------------------------------------------------------------------------------*/
/* "fn: argument 2 must be <what>, got <value's type>". Does not return. */
int lw_argerror(lua_State *L, const char *fn, int arg, const char *what) __attribute__((noreturn));
/* A number (no strings). */
double lw_checknumber(lua_State *L, const char *fn, int arg, const char *what);
/* A whole number in lo..hi, floats with whole values included; `what` names it in the message. */
lua_Integer lw_checkint(lua_State *L, const char *fn, int arg, const char *what, lua_Integer lo,
                        lua_Integer hi);
/* A dimension: a whole number from 0. */
ptrdiff_t lw_checkdim(lua_State *L, const char *fn, int arg, const char *what);
/* A 1-based index into 1..n, negative from the end; returned 0-based. */
ptrdiff_t lw_checkindex(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t n);
/* As lw_checkindex for an argument of an op: a 1x1 symbol passes too, and is checked when run. */
void lw_checkposition(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t n);
/* The indices at arg for an argument of an op: a list becomes a column (f64) in its place; a
 * number, a matrix of any shape or a symbol stays. Each must be in 1..n or negative from the end:
 * numbers and lists are checked here, matrices and symbols by the op. */
void lw_checkindices(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t n);
/* Bytes that Lua holds; 0 while a finaliser runs, when Lua does not say (the executable's allocator
 * keeps the ceiling there, too). */
size_t lw_bytes(lua_State *L);
/* Pushes registry[key], a weak table of this mode ("k", "v", "kv"), which is made at first. */
void lw_pushweak(lua_State *L, const void *key, const char *mode);
/* Memory owned by a userdata that is pushed on the stack; raises when short. */
void *lw_scratch(lua_State *L, const char *fn, size_t count, size_t size);

/* ---- options: a table as last argument --------------------------------------------------------
 * lw_options checks that arg is nil or a table whose keys are all in names (NULL-terminated), and
 * names the nearest known key otherwise. The getters read one key, or give the default. Reading is
 * raw, so that no Lua code runs between two checks; a table that inherits keys is refused. */
void lw_options(lua_State *L, const char *fn, int arg, const char *const names[]);
/* Pushes option `key` of the table at arg; 0, and nothing is pushed, when it is absent. */
int lw_pushoption(lua_State *L, int arg, const char *key);
int lw_optdtype(lua_State *L, const char *fn, int arg, int def); /* dtype = "f64" | "f32" */
int lw_optdim(lua_State *L, const char *fn, int arg, int def);   /* dim = 1 | 2 */
int lw_optbool(lua_State *L, const char *fn, int arg, const char *key, int def);
double lw_optnumber(lua_State *L, const char *fn, int arg, const char *key, double def);
/* The position in choices (NULL-terminated) of the string at key. */
int lw_optchoice(lua_State *L, const char *fn, int arg, const char *key,
                 const char *const choices[], int def);

/* Pushes a list of {name=, default= (absent when it is NaN), least=, most=, open=, words=}, one for
 * each of the n hyper-parameters. */
void lw_pushhypers(lua_State *L, const sd_hyper *list, int n);

/* ---- errors -----------------------------------------------------------------------------------*/
/* Raises with position; printf-style, so %td and %zu work. Control characters become '?': a message
 * is one line, whatever the strings in it. */
int lw_error(lua_State *L, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
/* Raises "fn: <text of the status>"; for SD_EHOST the error that a function of the script
 * raised. */
int lw_fail(lua_State *L, const char *fn, int status) __attribute__((noreturn));
/* Returns unless the status is a failure: then as lw_fail. */
void lw_check(lua_State *L, const char *fn, int status);
/* Raises the sentence for a negative status of a function of A and, unless NULL, B: which of them
 * is not finite, what is too big, that the result overflows. */
int lw_failon(lua_State *L, const char *fn, int status, const sd_mat *a, const sd_mat *b)
    __attribute__((noreturn));
/* "64x32" or, when the dtypes matter, "64x32 f64", in buf. */
enum { LW_SHAPE = 64 };
const char *lw_shape(const sd_mat *a, char buf[LW_SHAPE]);
const char *lw_describe(const sd_mat *a, char buf[LW_SHAPE]);
/* "a number", "an rng", "a 64x32 f64 matrix", in buf. */
const char *lw_describetype(const sd_type *t, char buf[LW_SHAPE]);
/* What the value at arg is, in buf: "nil", "2.5", "a 3x2 matrix", "the string "x"", "a table". */
const char *lw_show(lua_State *L, int arg, char buf[LW_SHAPE]);
/* A number as messages show it, in buf: "2.5", "1e+30", "NaN" (whatever the NaN's sign). */
const char *lw_number(double v, char buf[LW_SHAPE]);
/* Raises unless A and B are of one dtype: "add: dtypes differ: A is 3x2 f64, B is 3x2 f32". */
void lw_samedtype(lua_State *L, const char *fn, const sd_mat *a, const sd_mat *b);
/* Raise unless A and B have the same shape: "dot: shapes differ: A is 2x1, B is 3x1"; the same
 * number of rows: "solve: numbers of rows differ: A is 3x3, B is 2x1". */
void lw_sameshape(lua_State *L, const char *fn, const sd_mat *a, const sd_mat *b);
void lw_samerows(lua_State *L, const char *fn, const sd_mat *a, const sd_mat *b);
/* The name in names (NULL-terminated) nearest to word, or NULL when none is near. */
const char *lw_nearest(const char *word, const char *const names[]);

/* ---- ops and symbols ---------------------------------------------------------------------------
 * A symbol stands for a node of a graph that is being traced. lw_apply is how a function of the op
 * table is called: on matrices and numbers it runs at once, with a symbol among its arguments it is
 * recorded. */

#define LW_SYMBOL "saddle.symbol"
#define LW_GRAPH  "saddle.graph"
#define LW_RNG    "saddle.rng"

typedef struct lw_graph {
  sd_graph *g;        /* NULL when it has been collected, or has been given back */
  int open;           /* its function is being traced */
  int borrowed;       /* g belongs to somebody else */
  const char *source; /* the last place's chunk, as the graph keeps it */
  int depth;          /* of graphs that are open at once; what is inside has more */
  int body;           /* of a loop: values from outside become inputs that stay the same */
  int staged;         /* of a compiled function: what is made of matrices alone is recorded too, so
                       * that it follows later writes to them */
} lw_graph;
/* User values of graphs: the set of what they keep alive; the list of a body's constants, values of
 * the graphs around it, with the input of constant k at -k; while they are open, the graph that its
 * coroutine was tracing before, and the coroutine. */
enum { LW_OWNERS = 1, LW_CONSTANTS, LW_BEFORE, LW_THREAD, LW_GRAPH_VALUES = LW_THREAD };

typedef struct lw_symbol { /* its user value is the graph */
  lw_graph *of;
  sd_ref ref;
  int frozen;
} lw_symbol;

/* A random number generator. In a trace it stands for an rng that comes in, the node base, from
 * which the trace has drawn at.ordinal times: draws depend on base and their place after it. */
typedef struct lw_rng { /* the user value of a traced one is the graph */
  sd_rng at;
  lw_graph *of; /* NULL: it has a value, at */
  sd_ref base;
} lw_rng;

/* Applies op to the nargs values at stack indices first, first + 1, ...: matrices, numbers, symbols
 * or, where the op takes them, rngs. Pushes its nouts results and returns nouts. */
int lw_apply(lua_State *L, const sd_op *op, const sd_attr *attr, int first, int nargs);
/* Applies fn, one of SD_ZIPS, to arguments 1 and 2. */
int lw_zip(lua_State *L, int fn);
/* The symbol at arg, or NULL when the value is something else. */
lw_symbol *lw_testsymbol(lua_State *L, int arg);
/* The rng at arg, traced or not, or NULL. */
lw_rng *lw_testrng(lua_State *L, int arg);
/* Pushes an rng with that value, and returns it. */
lw_rng *lw_pushrng(lua_State *L, sd_rng at);
/* 1 when one of the n values from stack index `first` on is a symbol. */
int lw_anysymbol(lua_State *L, int first, int n);
/* Raises "fn: has no traced form: <way>" when one of the first n arguments is a symbol. */
void lw_nosymbol(lua_State *L, const char *fn, int n, const char *way);
/* Pushes the graph that the symbol (or traced rng) at arg belongs to; raises unless it is still
 * being traced. */
lw_graph *lw_pushgraph(lua_State *L, const char *fn, int arg);
/* The graph at arg, for a call that may run rules of sd.op; raises once it has been collected. */
lw_graph *lw_checkgraph(lua_State *L, int arg);
/* Pushes the graph that this coroutine is tracing; NULL, and nothing is pushed, when there is
 * none. */
lw_graph *lw_pushcurrent(lua_State *L);
/* The graph at stack index `at` becomes the current one of this coroutine; what is above it is
 * popped. The graph at index 1 is not open any more: the one before it takes its place. */
void lw_linkgraph(lua_State *L, int at);
void lw_unlinkgraph(lua_State *L);
/* Pushes the staged graph that is being traced, if need be around loop bodies, as
 * lw_pushcurrent. */
lw_graph *lw_pushstaged(lua_State *L);
/* Raises when a matrix that was captured, or one of all that were, has been written to since. */
void lw_checkcapture(lua_State *L, const sd_capture *c);
void lw_checkcaptures(lua_State *L, const sd_graph *g);
/* Raises the sentence that a builder or transform left in g for a negative status. */
int lw_refused(lua_State *L, const char *fn, const sd_graph *g, int status)
    __attribute__((noreturn));
/* Pushes a symbol, or for an rng a traced rng, for node r of the graph at stack index `graph`;
 * raises when r is a failure. */
void lw_pushsymbol(lua_State *L, const char *fn, int graph, sd_ref r);
/* The node of the matrix, number, symbol or traced rng (as it is now) at arg in the graph at stack
 * index `graph`. */
sd_ref lw_checkref(lua_State *L, const char *fn, int graph, int arg);
/* The type of the matrix, number or symbol at arg; 0 when it is none of these. */
int lw_typeof(lua_State *L, int arg, sd_type *type);
/* The type of the matrix or symbol at arg, an error as of lw_checkmat otherwise; of a matrix, a
 * number or a symbol, an error as of lw_checkoperand. */
sd_type lw_checktype(lua_State *L, const char *fn, int arg);
sd_type lw_checkoperandtype(lua_State *L, const char *fn, int arg);
/* Pushes the graph that is being traced, for fn, which records in it; raises when there is none. */
lw_graph *lw_pushtrace(lua_State *L, const char *fn);
/* refs[n] <- the nodes, in the graph at stack index `graph`, of the list at arg; a list of the
 * symbols of refs[n], pushed. */
void lw_checkrefs(lua_State *L, const char *fn, int graph, int arg, int n, sd_ref *refs);
void lw_pushrefs(lua_State *L, const char *fn, int graph, int n, const sd_ref *refs);
/* Pushes an lw_graph for g: the current one, or one that borrows g until the calling C function
 * ends, and keeps what it uses alive through the current one. */
lw_graph *lw_pushgraphof(lua_State *L, sd_graph *g);
/* What the graph at stack index `from` keeps alive the one at `to` keeps, too. */
void lw_keepowners(lua_State *L, int from, int to);
/* 1 when the value at arg is a matrix or symbol that sd.frozen made. */
int lw_isfrozen(lua_State *L, int arg);
/* Pushes the matrix, number or symbol at the top of the stack as sd.frozen makes it. */
void lw_pushfrozen(lua_State *L);
/* Pushes the metatable of trees. */
void lw_pushtreemeta(lua_State *L);
/* 1 when the value at arg (one of n from stack index `first` on) is a tree with operators. */
int lw_istree(lua_State *L, int arg);
int lw_anytree(lua_State *L, int first, int n);
/* Calls the function at the top of the stack, which is popped, on each leaf of the trees among the
 * n values from stack index `first` on; pushes the tree of its results and returns 1. */
int lw_leafwise(lua_State *L, int first, int n);
/* Calls the function of trees of that name on all values of the stack; returns 1. */
int lw_treecall(lua_State *L, const char *name);
/* Pushes what sd_plan_explain says. */
void lw_pushreport(lua_State *L, const sd_plan *p);
/* Nodes from now on are said to come from where the script is now (place.c). */
void lw_place(lua_State *L, lw_graph *graph);
/* Pushes the place of a wrong call, as luaL_where, but of one that a module makes that of the
 * script. */
void lw_where(lua_State *L);

/* ---- Lua functions called from the core --------------------------------------------------------
 * An op of sd.op runs in the thread that entered the core last: who calls into the core where such
 * an op may run sets it. An error in the function becomes the status SD_EHOST; the error itself,
 * with a traceback, waits in the registry until lw_fail raises it again. */
typedef struct lw_host {
  lua_State *L;
  long iteration;  /* the iteration that is running, counted from 1; 0 when none is */
  long iterations; /* begun so far */
  long open;       /* graphs that are being traced, in whatever coroutine */
} lw_host;

/* 1 when the value at arg is a function or has __call, like an op of sd.op; A(i,j) makes no
 * function of a matrix. */
int lw_iscallable(lua_State *L, int arg);
/* The one of this Lua state, with the thread set to L. */
lw_host *lw_hostof(lua_State *L);
/* Pushes the error that waits; forgets it. */
void lw_pushstash(lua_State *L);
void lw_dropstash(lua_State *L);
/* Calls f with the light userdata job as its argument: SD_OK, SD_EHOST or SD_ENOMEM. */
int lw_protect(lw_host *host, lua_CFunction f, void *job);
/* Ops that are userdata: remembers the one at the top of the stack by its op; keeps it alive in the
 * table at stack index `owners` (nothing for ops of the core); pushes it, and raises when only
 * finalisers can still reach it. */
void lw_registerop(lua_State *L, const sd_op *op);
void lw_keepop(lua_State *L, int owners, const sd_op *op);
void lw_pushliveop(lua_State *L, const sd_op *op);

/* ---- linear maps: a matrix, or a table {rows=, cols=, matvec=, rmatvec=} ----------------------*/
typedef struct lw_linear { /* userdata; its user values are matvec and rmatvec, or the matrix */
  sd_linear map;
  sd_mat m; /* in f64, when it is a matrix */
  int formed;
  lw_host *host;
  const char *fn;
} lw_linear;
/* The linear map at argument 1, pushed: LW_SQUARE when it must be, LW_ADJOINT when rmatvec is
 * needed. Raises for what is none, and for a matrix with NaN. */
enum { LW_SQUARE = 1, LW_ADJOINT = 2 };
lw_linear *lw_pushlinear(lua_State *L, const char *fn, int needs);
/* 1 when the map is symmetric: a matrix up to rounding, as in sd.eigh; an operator by one random
 * pair of vectors of `at`. Raises the errors of the operator. */
int lw_issymmetric(lua_State *L, lw_linear *a, sd_rng at);
/* Raise unless the map is symmetric; unless rmatvec is the transpose of matvec. */
void lw_needsymmetric(lua_State *L, lw_linear *a, sd_rng at);
void lw_needadjoint(lua_State *L, lw_linear *a, sd_rng at);
/* Returns unless the status of a function of the map is a failure. */
void lw_checklinear(lua_State *L, lw_linear *a, int status);

/* ---- modules: each adds its functions to the table at the top of the stack ---------------------
 * and its methods to the matrices' method table, pushed by lw_pushmethods. */
void lw_pushmethods(lua_State *L);
/* Adds methods that serve matrices and symbols alike to both. */
void lw_sharemethods(lua_State *L, const luaL_Reg *methods);
void lw_open_matrix(lua_State *L);
void lw_open_view(lua_State *L);
void lw_open_operator(lua_State *L);
void lw_open_function(lua_State *L);
void lw_open_arrange(lua_State *L);
void lw_open_random(lua_State *L);
void lw_open_linalg(lua_State *L);
void lw_open_matfun(lua_State *L);
void lw_open_numerics(lua_State *L);
void lw_open_spectral(lua_State *L);
void lw_open_normal(lua_State *L);
void lw_open_file(lua_State *L);
void lw_open_folder(lua_State *L);
void lw_open_process(lua_State *L);
void lw_open_database(lua_State *L);
void lw_open_symbol(lua_State *L);
void lw_open_current(lua_State *L);
void lw_open_graph(lua_State *L);
void lw_open_transform(lua_State *L);
void lw_open_plan(lua_State *L);
void lw_open_iterate(lua_State *L);
void lw_open_tree(lua_State *L);
void lw_open_flatten(lua_State *L);
void lw_open_loop(lua_State *L);
void lw_open_optim(lua_State *L);
void lw_open_model(lua_State *L);
void lw_open_place(lua_State *L);
void lw_open_userop(lua_State *L);
void lw_open_schedule(lua_State *L);
void lw_open_system(lua_State *L);

#endif
