#ifndef SADDLE_RNG_H
#define SADDLE_RNG_H
#endif
