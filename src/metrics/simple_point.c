/* Simple points by flooding 27 bits with shifts. */
#include "simple_point.h"

#define BIT(x, y, z) (1U << ((x) + 3 * (y) + 9 * (z)))
#define COLUMN(y, z) (BIT(0, y, z) | BIT(1, y, z) | BIT(2, y, z))
#define PLANE(x, y) (BIT(x, y, 0) | BIT(x, y, 1) | BIT(x, y, 2))
#define ALL 0x7FFFFFFU
#define CENTRE BIT(1, 1, 1)
#define FACES (BIT(0, 1, 1) | BIT(2, 1, 1) | BIT(1, 0, 1) | BIT(1, 2, 1) | BIT(1, 1, 0) | BIT(1, 1, 2))
#define CORNERS                                                                                              \
    (BIT(0, 0, 0) | BIT(2, 0, 0) | BIT(0, 2, 0) | BIT(2, 2, 0) | BIT(0, 0, 2) | BIT(2, 0, 2) |               \
        BIT(0, 2, 2) | BIT(2, 2, 2))
#define X_LOW (PLANE(0, 0) | PLANE(0, 1) | PLANE(0, 2)) /* all bits with x = 0 */
#define X_HIGH (PLANE(2, 0) | PLANE(2, 1) | PLANE(2, 2))
#define Y_LOW (COLUMN(0, 0) | COLUMN(0, 1) | COLUMN(0, 2))
#define Y_HIGH (COLUMN(2, 0) | COLUMN(2, 1) | COLUMN(2, 2))

/* The bits and their neighbours along an axis; what would leave the cube is masked away. */
static uint32_t spread_x(uint32_t bits)
{
    return bits | (bits & ~X_HIGH) << 1 | (bits & ~X_LOW) >> 1;
}

static uint32_t spread_y(uint32_t bits)
{
    return bits | (bits & ~Y_HIGH) << 3 | (bits & ~Y_LOW) >> 3;
}

static uint32_t spread_z(uint32_t bits)
{
    return (bits | bits << 9 | bits >> 9) & ALL;
}

/* All of `within` that is 26-connected to its lowest bit. */
static uint32_t flood_26(uint32_t within)
{
    uint32_t reached = within & -within;
    for (uint32_t before = 0; reached != before;) {
        before = reached;
        reached = spread_z(spread_y(spread_x(reached))) & within;
    }
    return reached;
}

static uint32_t flood_6(uint32_t from, uint32_t within)
{
    uint32_t reached = from;
    for (uint32_t before = 0; reached != before;) {
        before = reached;
        reached = (spread_x(reached) | spread_y(reached) | spread_z(reached)) & within;
    }
    return reached;
}

bool simple_point(uint32_t neighbours)
{
    const uint32_t ones = neighbours & ~CENTRE;
    if (ones == 0 || flood_26(ones) != ones)
        return false;
    const uint32_t zeros = ~neighbours & ALL & ~CENTRE & ~CORNERS;
    const uint32_t touching = zeros & FACES;
    if (touching == 0)
        return false;
    return (touching & ~flood_6(touching & -touching, zeros)) == 0;
}

bool line_end(uint32_t neighbours)
{
    const uint32_t ones = neighbours & ~CENTRE;
    return ones != 0 && (ones & (ones - 1)) == 0;
}
