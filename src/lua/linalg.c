#include "lw.h"
void lw_open_linalg(lua_State *L) { (void)L; }
