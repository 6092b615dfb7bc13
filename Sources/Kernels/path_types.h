// What a path has for one element type.
#include "vectors.h"
#include "product_tile.h"
#include "product_packing.h"
#include "product.h"
#include "elementwise_unary.h"
#include "elementwise_binary.h"
