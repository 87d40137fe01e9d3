/* Reading lines for the prompt: with libedit on a terminal (editing, history, completion, pasted
 * blocks), plainly elsewhere. What the prompt does with lines is lua/saddle/prompt.lua.
 *
 * Ctrl-C must not be lost between the prompt's appearance and the read, so SIGINT is blocked while
 * a line is read, except within pselect, which opens the mask and waits in one step. libedit asks
 * us for characters, and we ask pselect. */
#include "host.h"
#include "saddle/status.h"
#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define CLEAR_BELOW "\033[J" /* from the cursor to the end of the screen */

/* The process has one prompt; callbacks of libedit have no place for a pointer of ours. */
static struct editor {
  EditLine *el; /* NULL: lines are read plainly */
  History *history;
  lua_State *L;       /* while a line is read */
  const char *prompt; /* while a line is read; control characters stand between \1 and \1 */
  int dropped;        /* Ctrl-C ended the line */
  sigset_t open;      /* the mask for waiting */
  char *text;         /* getline's, or what is being pasted; kept, since pushing it can raise */
  size_t room;
  size_t head, tail; /* what has been read from the terminal, not yet asked for: bytes[head..] */
  unsigned char bytes[4096];
} editor;

static volatile sig_atomic_t woken; /* the terminal has another size, or we have been stopped */

static void on_wake(int signal_number) {
  (void)signal_number;
  woken = 1;
}

/* ---- bytes ------------------------------------------------------------------------------------*/

/* Waits for input on the terminal; 0 when Ctrl-C came instead. */
static int wait_for_input(void) {
  fd_set in;
  FD_ZERO(&in);
  for (;;) {
    if (sd_interrupted()) return 0;
    if (woken && editor.el != NULL) {
      woken = 0;
      el_set(editor.el, EL_PREP_TERM, 1);
      el_resize(editor.el);
      fputs("\r" CLEAR_BELOW, stdout);
      el_set(editor.el, EL_REFRESH);
    }
    FD_SET(STDIN_FILENO, &in);
    int ready = pselect(STDIN_FILENO + 1, &in, NULL, NULL, NULL, &editor.open);
    if (ready >= 0 || errno != EINTR) return 1;
  }
}

/* The next byte from the terminal; -1 at its end, or when Ctrl-C came. */
static int next_byte(void) {
  if (editor.head == editor.tail) {
    if (!wait_for_input()) {
      editor.dropped = 1;
      return -1;
    }
    ssize_t n = read(STDIN_FILENO, editor.bytes, sizeof editor.bytes);
    if (n <= 0) return -1;
    editor.head = 0;
    editor.tail = (size_t)n;
  }
  return editor.bytes[editor.head++];
}

/* An el_rfunc_t: 1 and the next character in *c, 0 at the end, -1 when Ctrl-C came. */
static int next_character(EditLine *el, wchar_t *c) {
  mbstate_t state = {0};
  (void)el;
  for (;;) {
    int byte = next_byte();
    if (byte < 0) return editor.dropped ? -1 : 0;
    char one = (char)byte;
    size_t used = mbrtowc(c, &one, 1, &state);
    if (used <= 1) return 1;
    if (used == (size_t)-1) memset(&state, 0, sizeof state); /* no character: passed over */
  }
}

/* ---- keys -------------------------------------------------------------------------------------*/

/* Makes room for a byte at place n of editor.text; 0 when memory is short. */
static int make_room(size_t n) {
  if (n < editor.room) return 1;
  size_t room = editor.room < 512 ? 1024 : 2 * editor.room;
  char *text = realloc(editor.text, room);
  if (text == NULL) return 0;
  editor.text = text;
  editor.room = room;
  return 1;
}

/* The terminal announces pasted text: all of it goes into the line, newlines too, so that nothing
 * in it acts as a key and no part of it runs before the whole is there. */
static unsigned char paste(EditLine *el, int key) {
  static const char end[] = "\033[201~";
  size_t n = 0, mark = sizeof end - 1;
  (void)key;
  for (;;) {
    int byte = next_byte();
    if (byte < 0 || !make_room(n)) return CC_ERROR;
    if (byte == 0) continue;
    editor.text[n++] = (char)(byte == '\r' ? '\n' : byte);
    if (n >= mark && memcmp(editor.text + n - mark, end, mark) == 0) break;
  }
  n -= mark;
  while (n > 0 && editor.text[n - 1] == '\n') n--;
  editor.text[n] = 0;
  return n == 0 || el_insertstr(el, editor.text) == 0 ? CC_REFRESH : CC_ERROR;
}

/* (LineInfo) -> what the completer, which the registry has at &editor, says */
static int ask_completer(lua_State *L) {
  const LineInfo *line = lua_touserdata(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &editor);
  lua_pushlstring(L, line->buffer, (size_t)(line->cursor - line->buffer));
  lua_call(L, 1, 2);
  return 2;
}

/* TAB. Nothing may raise through libedit, hence the protected call. */
static unsigned char complete(EditLine *el, int key) {
  lua_State *L = editor.L;
  unsigned char done = CC_REFRESH_BEEP;
  (void)key;
  if (!lua_checkstack(L, LUA_MINSTACK)) return done;
  lua_pushcfunction(L, ask_completer);
  lua_pushlightuserdata(L, (void *)el_line(el));
  if (lua_pcall(L, 1, 2, 0) != LUA_OK) {
    lua_pop(L, 1);
    return done;
  }
  if (lua_type(L, -2) == LUA_TSTRING && el_insertstr(el, lua_tostring(L, -2)) == 0)
    done = CC_REFRESH;
  if (lua_type(L, -1) == LUA_TSTRING) {
    fprintf(stdout, "\n%s\n", lua_tostring(L, -1));
    done = CC_REDISPLAY;
  }
  lua_pop(L, 2);
  return done;
}

/* ---- reading ----------------------------------------------------------------------------------*/

static const char *prompt_text(EditLine *el) {
  (void)el;
  return editor.prompt;
}

/* A line in *size characters, or NULL at the end or when Ctrl-C came. */
static const char *read_edited(int *size) {
  el_set(editor.el, EL_PREP_TERM, 1); /* before the prompt appears: no key is echoed twice */
  fputs("\033[?2004h", stdout);       /* pasted text is to be announced */
  const char *line = el_gets(editor.el, size);
  fputs("\033[?2004l", stdout);
  fflush(stdout);
  return line;
}

static const char *read_plainly(int *size) {
  fputs(editor.prompt, stdout);
  fflush(stdout);
  clearerr(stdin); /* a read of the script's may have met the end, or Ctrl-C */
  if (isatty(STDIN_FILENO) && !wait_for_input()) {
    editor.dropped = 1;
    return NULL;
  }
  *size = (int)getline(&editor.text, &editor.room, stdin);
  return *size < 0 ? NULL : editor.text;
}

/* read(prompt, completer) -> a line without its newline (with newlines inside, when it was pasted
 * or comes from the history), nil at the end of input, false when Ctrl-C dropped it. TAB calls
 * completer(text left of the cursor) -> text to insert or nil, text to print or nil. */
static int read_line(lua_State *L) {
  int size = 0;
  sigset_t interrupt;
  editor.prompt = luaL_checkstring(L, 1);
  lua_settop(L, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &editor);
  editor.L = L;
  editor.dropped = 0;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  if (editor.el != NULL || isatty(STDIN_FILENO)) sigprocmask(SIG_BLOCK, &interrupt, &editor.open);
  const char *line = editor.el ? read_edited(&size) : read_plainly(&size);
  if (editor.el != NULL || isatty(STDIN_FILENO)) sigprocmask(SIG_SETMASK, &editor.open, NULL);
  if (sd_interrupted()) { /* it came with the last key, or stopped getline */
    editor.dropped = 1;
    sd_interrupt(0);
  }
  if (line == NULL || editor.dropped) {
    if (editor.dropped) { /* with it goes what was typed ahead */
      editor.head = editor.tail;
      if (editor.el != NULL) tcflush(STDIN_FILENO, TCIFLUSH);
    }
    fputs(editor.dropped && editor.el ? "^C\n" CLEAR_BELOW : "\n", stdout);
    fflush(stdout);
    editor.dropped ? lua_pushboolean(L, 0) : lua_pushnil(L);
    return 1;
  }
  if (size > 0 && line[size - 1] == '\n') size--;
  lua_pushlstring(L, line, (size_t)size);
  return 1;
}

/* ---- history ----------------------------------------------------------------------------------*/

/* add(text): the newest entry of the history of this session, unless it is the last one again */
static int add(lua_State *L) {
  HistEvent event;
  const char *text = luaL_checkstring(L, 1);
  if (editor.history != NULL) history(editor.history, &event, H_ENTER, text);
  return 0;
}

/* Makes the folders that path, which is changed and put right again, lies in. */
static void make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(path, 0700); /* it may be there; if it cannot be, opening the file says so */
    *slash = '/';
  }
}

/* append(path, text) -> true, or nil and what is wrong: adds the text to a file for its owner
 * alone, in one piece, so that several sessions may do so */
static int append(lua_State *L) {
  size_t n;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &n);
  char *copy = strdup(path);
  if (copy == NULL) return luaL_error(L, "not enough memory");
  make_folders(copy);
  free(copy);
  errno = 0;
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  int good = fd >= 0 && write(fd, text, n) == (ssize_t)n;
  int why = errno;
  if (fd >= 0) close(fd);
  return luaL_fileresult(L, good, (errno = why, path));
}

/* ---- ------------------------------------------------------------------------------------------*/

static void bind_keys(EditLine *el) {
  el_set(el, EL_EDITOR, "emacs");
  el_set(el, EL_ADDFN, "saddle-complete", "Completes a name or a path", complete);
  el_set(el, EL_BIND, "^I", "saddle-complete", NULL);
  el_set(el, EL_ADDFN, "saddle-paste", "Takes pasted text", paste);
  el_set(el, EL_BIND, "\\e[200~", "saddle-paste", NULL);
  el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_set(el, EL_BIND, "\\e[3~", "ed-delete-next-char", NULL);
  el_set(el, EL_BIND, "\\e[1;5C", "em-next-word", NULL); /* Ctrl with an arrow */
  el_set(el, EL_BIND, "\\e[1;5D", "ed-prev-word", NULL);
  el_source(el, NULL); /* the user's ~/.editrc */
}

/* Whether editing makes sense; a dumb terminal is often an editor, which does it itself. */
static int can_edit(void) {
  const char *term = getenv("TERM");
  return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term != NULL && *term != 0 &&
         strcmp(term, "dumb") != 0;
}

static void start_editing(int entries) {
  HistEvent event;
  struct sigaction wake;
  if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8");
  editor.el = el_init("saddle", stdin, stdout, stderr);
  editor.history = editor.el ? history_init() : NULL;
  if (editor.el == NULL) return;
  memset(&wake, 0, sizeof wake);
  wake.sa_handler = on_wake;
  wake.sa_flags = SA_RESTART; /* pselect returns all the same */
  sigaction(SIGWINCH, &wake, NULL);
  sigaction(SIGCONT, &wake, NULL);
  el_wset(editor.el, EL_GETCFN, next_character);
  el_set(editor.el, EL_PROMPT_ESC, prompt_text, '\1');
  /* At Ctrl-C the system would drop output, too, and with it our answer when that is quick. */
  el_set(editor.el, EL_SETTY, "-d", "+noflsh", NULL);
  if (editor.history != NULL) {
    history(editor.history, &event, H_SETSIZE, entries);
    history(editor.history, &event, H_SETUNIQUE, 1);
    el_set(editor.el, EL_HIST, history, editor.history);
  }
  bind_keys(editor.el);
}

void cli_push_editor(lua_State *L, int entries) {
  static const luaL_Reg functions[] = {
      {"read", read_line}, {"add", add}, {"append", append}, {NULL, NULL}};
  sigprocmask(SIG_SETMASK, NULL, &editor.open);
  if (can_edit()) start_editing(entries);
  luaL_newlib(L, functions);
  lua_pushboolean(L, editor.el != NULL);
  lua_setfield(L, -2, "editing");
}

int cli_editing(void) { return editor.el != NULL; }

void cli_close_editor(void) {
  if (editor.el != NULL) el_end(editor.el);
  if (editor.history != NULL) history_end(editor.history);
  free(editor.text);
  memset(&editor, 0, sizeof editor);
}
