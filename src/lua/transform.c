/* Transforms of graphs: what lua/saddle/derive.lua, blocks.lua and switches.lua are made of. They
 * are methods of the graphs of graph.c, which are at stack index 1; nodes come and go as lists of
 * symbols. */
#include "lw.h"
#include "saddle/status.h"

/* ---- lists of nodes ---------------------------------------------------------------------------*/

/* The nodes of the list at arg, of n entries, in scratch memory that is pushed; false is 0, where a
 * zero may stand. */
enum { NODES, OR_ZERO };
static sd_ref *check_refs(lua_State *L, const char *fn, int arg, int n, int zero) {
  sd_ref *refs = lw_scratch(L, fn, (size_t)n, sizeof *refs);
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, arg, k + 1);
    const lw_symbol *s = lw_testsymbol(L, -1);
    if (s && s->of != lua_touserdata(L, 1))
      lw_error(L, "%s: a symbol of another function's trace; pass it as an argument", fn);
    refs[k] = lua_toboolean(L, -1) || zero == NODES ? lw_checkref(L, fn, 1, lua_gettop(L)) : 0;
    if (refs[k] < 0) lw_fail(L, fn, refs[k]);
    lua_pop(L, 1);
  }
  return refs;
}

/* Pushes a list of symbols, false where there is none. */
static void push_refs(lua_State *L, const char *fn, const sd_ref *refs, int n) {
  lua_createtable(L, n, 0);
  for (int k = 0; k < n; k++) {
    if (refs[k] == 0)
      lua_pushboolean(L, 0);
    else
      lw_pushsymbol(L, fn, 1, refs[k]);
    lua_rawseti(L, -2, k + 1);
  }
}

static int length(lua_State *L, int arg) {
  luaL_checktype(L, arg, LUA_TTABLE);
  return (int)lua_rawlen(L, arg);
}

static void check_status(lua_State *L, const char *fn, const lw_graph *graph, int status) {
  if (status == SD_OK) return;
  const char *source;
  int line = sd_graph_where(graph->g, &source);
  if (source == NULL || status == SD_ENOMEM || status == SD_EHOST || *sd_graph_why(graph->g) == 0)
    lw_refused(L, fn, graph->g, status);
  lua_pushfstring(L, "%s:%d: %s", source, line, sd_graph_why(graph->g)); /* where it was applied */
  lua_error(L);
}

/* Raises unless the other nodes, where there are any, have the types of the nodes. */
static void check_types(lua_State *L, const char *fn, const lw_graph *graph, int n,
                        const sd_ref *nodes, const sd_ref *others) {
  for (int k = 0; k < n; k++)
    if (others[k] > 0 && !sd_type_same(&sd_node_at(graph->g, nodes[k])->type,
                                       &sd_node_at(graph->g, others[k])->type))
      lw_error(L, "%s: derivative %d is not of the type of its value", fn, k + 1);
}

/* ---- derivatives and switches -----------------------------------------------------------------*/

/* graph:reverse(outs, cotangents, wrt) -> list of cotangents of wrt; false stands for zero */
static int reverse(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  int nout = length(L, 2), nwrt = length(L, 4);
  sd_ref *out = check_refs(L, "reverse", 2, nout, NODES);
  sd_ref *cot = check_refs(L, "reverse", 3, nout, OR_ZERO);
  sd_ref *wrt = check_refs(L, "reverse", 4, nwrt, NODES);
  check_types(L, "reverse", graph, nout, out, cot);
  sd_ref *bar = lw_scratch(L, "reverse", (size_t)nwrt, sizeof *bar);
  check_status(L, "reverse", graph, sd_reverse(graph->g, nout, out, cot, nwrt, wrt, bar));
  push_refs(L, "reverse", bar, nwrt);
  return 1;
}

/* graph:forward(wrt, tangents, outs) -> list of tangents of outs; false stands for zero */
static int forward(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  int nwrt = length(L, 2), nout = length(L, 4);
  sd_ref *wrt = check_refs(L, "forward", 2, nwrt, NODES);
  sd_ref *dot = check_refs(L, "forward", 3, nwrt, OR_ZERO);
  sd_ref *out = check_refs(L, "forward", 4, nout, NODES);
  check_types(L, "forward", graph, nwrt, wrt, dot);
  sd_ref *tan = lw_scratch(L, "forward", (size_t)nout, sizeof *tan);
  check_status(L, "forward", graph, sd_forward(graph->g, nwrt, wrt, dot, nout, out, tan));
  push_refs(L, "forward", tan, nout);
  return 1;
}

/* graph:switches(wrt, outs) -> list of symbols, at whose changes of sign outs go from one smooth
 * piece to another (sd_graph_switches); the name of an op with pieces that no sign tells apart */
static int switches(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  int nwrt = length(L, 2), nout = length(L, 3);
  sd_ref untold, *wrt = check_refs(L, "switches", 2, nwrt, NODES);
  sd_ref *out = check_refs(L, "switches", 3, nout, NODES);
  size_t most = SD_KINKS * (size_t)sd_graph_size(graph->g);
  sd_ref *sw = lw_scratch(L, "switches", most, sizeof *sw);
  int n = sd_graph_switches(graph->g, nwrt, wrt, nout, out, sw, &untold);
  check_status(L, "switches", graph, n < 0 ? n : SD_OK);
  push_refs(L, "switches", sw, n);
  if (untold == 0) return 1;
  lua_pushstring(L, sd_node_at(graph->g, untold)->op->name);
  return 2;
}

/* Raises, or pushes nil and the reason: status is what sd_blocks said. */
static int no_blocks(lua_State *L, const lw_graph *graph, int status) {
  const char *source;
  int line = sd_graph_where(graph->g, &source);
  if (status != SD_EARG) check_status(L, "blocks", graph, status);
  lua_pushnil(L);
  if (source)
    lua_pushfstring(L, "%s (%s:%d)", sd_graph_why(graph->g), source, line);
  else
    lua_pushstring(L, sd_graph_why(graph->g));
  return 2;
}

/* Pushes terms i of all lists, of `room` terms each, as {list of a, list of b}; b is the symbol
 * itself where all are the same, false where there is none. */
static void push_terms(lua_State *L, int lists, const sd_term *term, int room, int i) {
  sd_ref *refs = lw_scratch(L, "blocks", 2 * (size_t)lists, sizeof *refs), *b = refs + lists;
  int same = 1;
  for (int k = 0; k < lists; k++) {
    refs[k] = term[k * room + i].a;
    b[k] = term[k * room + i].b;
    same &= b[k] == b[0];
  }
  lua_createtable(L, 2, 0);
  push_refs(L, "blocks", refs, lists);
  lua_rawseti(L, -2, 1);
  push_refs(L, "blocks", b, same ? 1 : lists);
  if (same) {
    lua_rawgeti(L, -1, 1);
    lua_remove(L, -2);
  }
  lua_rawseti(L, -2, 2);
  lua_remove(L, -2);
}

/* graph:blocks(y, cotangents, wrt) -> for each of wrt a list of terms (sd_blocks) {list of a, b},
 * with one entry for each of the list of cotangents; b is a list, or one symbol for all of them,
 * or false: no second factor. Or nil and what there is no rule for, and where. */
static int blocks(lua_State *L) {
  enum { ROOM = 64 };
  lw_graph *graph = lw_checkgraph(L, 1);
  int lists = length(L, 3), nwrt = length(L, 4), room = ROOM + 4 * nwrt, n = 0;
  sd_ref y = lw_checkref(L, "blocks", 1, 2);
  sd_ref *cot = check_refs(L, "blocks", 3, lists, NODES);
  sd_ref *wrt = check_refs(L, "blocks", 4, nwrt, NODES);
  sd_term *term = lw_scratch(L, "blocks", (size_t)lists * (size_t)room, sizeof *term);
  if (y < 0) lw_fail(L, "blocks", y);
  for (int k = 0; k < lists; k++) {
    check_types(L, "blocks", graph, 1, &y, &cot[k]);
    n = sd_blocks(graph->g, y, cot[k], nwrt, wrt, room, term + k * room);
    if (n < 0) return no_blocks(L, graph, n);
  }
  lua_createtable(L, nwrt, 0);
  for (int k = 0, at = 0; k < nwrt; k++) {
    lua_newtable(L);
    for (int i = 1; at < n && term[at].leaf == k; at++, i++) {
      push_terms(L, lists, term, room, at);
      lua_rawseti(L, -2, i);
    }
    lua_rawseti(L, -2, k + 1);
  }
  return 1;
}

/* ---- parts of graphs --------------------------------------------------------------------------*/

/* graph:split(wrt, outs) -> list of symbols: what outs need that does not depend on wrt, but is
 * read by what does */
static int split(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  int nwrt = length(L, 2), nout = length(L, 3);
  sd_ref *wrt = check_refs(L, "split", 2, nwrt, NODES);
  sd_ref *out = check_refs(L, "split", 3, nout, NODES);
  sd_ref *cut = lw_scratch(L, "split", (size_t)sd_graph_size(graph->g), sizeof *cut);
  int n = sd_graph_split(graph->g, nwrt, wrt, nout, out, cut);
  if (n < 0) lw_fail(L, "split", n);
  push_refs(L, "split", cut, n);
  return 1;
}

/* graph:extract(cut, outs) -> another graph, closed, whose inputs stand for the symbols of cut, and
 * the list of its symbols for outs */
static int extract(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  int ncut = length(L, 2), nout = length(L, 3), status = SD_OK;
  sd_ref *cut = check_refs(L, "extract", 2, ncut, NODES);
  sd_ref *out = check_refs(L, "extract", 3, nout, NODES);
  sd_ref *in = lw_scratch(L, "extract", (size_t)ncut, sizeof *in);
  lw_graph *part = lua_newuserdatauv(L, sizeof *part, LW_GRAPH_VALUES);
  int at = lua_gettop(L);
  *part = (lw_graph){0};
  luaL_setmetatable(L, LW_GRAPH);
  lua_getiuservalue(L, 1, LW_OWNERS); /* what is captured there may be captured here */
  lua_setiuservalue(L, at, LW_OWNERS);
  lw_check(L, "extract", sd_graph_new(&part->g));
  for (int k = 0; k < ncut && status >= 0; k++)
    status = in[k] = sd_graph_input(part->g, sd_node_at(graph->g, cut[k])->type);
  if (status >= 0)
    status = sd_graph_extract(part->g, graph->g, NULL, ncut, cut, in, nout, out, out);
  check_status(L, "extract", part, status < 0 ? status : SD_OK);
  lua_createtable(L, nout, 0);
  for (int j = 0; j < nout; j++) {
    lw_pushsymbol(L, "extract", at, out[j]);
    lua_rawseti(L, -2, j + 1);
  }
  return 2;
}

/* Raises unless in[] of the graph are of the types of from's inputs. */
static void check_inputs(lua_State *L, const lw_graph *graph, const lw_graph *from,
                         const sd_ref *in) {
  for (sd_ref r = 1; r <= sd_graph_size(from->g); r++) {
    const sd_node *n = sd_node_at(from->g, r);
    if (n->op == &sd_op_input &&
        !sd_type_same(&n->type, &sd_node_at(graph->g, in[n->attr.k[0]])->type))
      lw_error(L, "inline: input %d is not of the type that the graph takes",
               (int)n->attr.k[0] + 1);
  }
}

/* graph:inline(from, ins, outs) -> list of symbols of graph: outs of the graph from, whose inputs
 * are the symbols, matrices and numbers ins */
static int inline_graph(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1), *from = lw_checkgraph(L, 2);
  int nin = length(L, 3), nout = length(L, 4);
  if (from == graph) lw_error(L, "inline: a graph cannot become a part of itself");
  if (nin != sd_graph_inputs(from->g))
    lw_error(L, "inline: the graph has %d inputs, got %d", sd_graph_inputs(from->g), nin);
  sd_ref *in = check_refs(L, "inline", 3, nin, NODES),
         *out = lw_scratch(L, "inline", (size_t)nout, 4);
  for (int j = 0; j < nout; j++) {
    lua_rawgeti(L, 4, j + 1);
    out[j] = lw_checkref(L, "inline", 2, lua_gettop(L));
    if (out[j] < 0) lw_fail(L, "inline", out[j]);
    lua_pop(L, 1);
  }
  check_inputs(L, graph, from, in);
  lw_keepowners(L, 2, 1);
  check_status(L, "inline", graph, sd_graph_inline(graph->g, from->g, in, nout, out, out));
  push_refs(L, "inline", out, nout);
  return 1;
}

static void push_numbers(lua_State *L, const char *field, int n, const double *p,
                         const int64_t *k) {
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    if (p)
      lua_pushnumber(L, p[i]);
    else
      lua_pushinteger(L, k[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, field);
}

/* Pushes {op=, p=, k=, args=, columns=} of node r. */
static void push_node(lua_State *L, const lw_graph *graph, sd_ref r) {
  static const char *const names[] = {[SD_MIXES] = "mixes", "aligned", "shared"};
  const sd_node *n = sd_node_at(graph->g, r);
  sd_type *types = lw_scratch(L, "nodes", (size_t)n->nargs + (size_t)n->nouts, sizeof *types);
  sd_site site = {n->op, &n->attr, n->nargs, n->nouts, types, types + n->nargs, NULL};
  for (int k = 0; k < n->nargs; k++) types[k] = sd_node_at(graph->g, n->args[k])->type;
  for (int j = 0; j < n->nouts; j++) types[n->nargs + j] = sd_node_at(graph->g, r + j)->type;
  lua_newtable(L);
  lua_pushstring(L, n->op->name);
  lua_setfield(L, -2, "op");
  push_numbers(L, "p", 2, n->attr.p, NULL);
  push_numbers(L, "k", 6, NULL, n->attr.k);
  push_refs(L, "nodes", n->args, n->nargs);
  lua_setfield(L, -2, "args");
  lua_createtable(L, n->nargs, 0);
  for (int k = 0; k < n->nargs; k++) {
    lua_pushstring(L, names[n->op->column(&site, k)]);
    lua_rawseti(L, -2, k + 1);
  }
  lua_setfield(L, -2, "columns");
  lua_remove(L, -2);
}

/* graph:nodes() -> list of {op=, p=, k=, args=, columns=} of the applications of ops with values
 * alone: its name and attributes, as apply takes them, the symbols that are its arguments, and for
 * each "aligned", "shared" or "mixes" (enum in op.h) */
static int nodes(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  lua_newtable(L);
  for (sd_ref r = 1, at = 0; r <= sd_graph_size(graph->g); r++) {
    const sd_node *n = sd_node_at(graph->g, r);
    if (n->op->run == NULL || n->op->draws || n->op->takes_rngs || n->op->ctx) continue;
    push_node(L, graph, r);
    lua_rawseti(L, 2, ++at);
  }
  return 1;
}

static const luaL_Reg methods[] = {
    {"reverse", reverse},     {"forward", forward}, {"switches", switches},
    {"blocks", blocks},       {"split", split},     {"extract", extract},
    {"inline", inline_graph}, {"nodes", nodes},     {NULL, NULL}};

/* Adds them to the methods of graphs: after lw_open_graph. */
void lw_open_transform(lua_State *L) {
  luaL_getmetatable(L, LW_GRAPH);
  lua_getfield(L, -1, "__index");
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}
