/* The block API of liblz4: <lz4.h> for live batches, <lz4hc.h> for sealed segments. */
#pragma once
#include <lz4.h>
#include <lz4hc.h>
