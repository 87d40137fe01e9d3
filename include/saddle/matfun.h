#ifndef SADDLE_MATFUN_H
#define SADDLE_MATFUN_H
#endif
