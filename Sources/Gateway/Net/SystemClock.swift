// The machine's clocks. The core is told the time; this is where it is read.

import CLinux
package import Domain
import Glibc

/// Readings of the system's clocks.
package enum SystemClock {
    package static var instant: Instant { Instant(nanoseconds: clinux_clock(CLOCK_MONOTONIC)) }
    package static var wall: WallTime { WallTime(nanoseconds: clinux_clock(CLOCK_REALTIME)) }
    package static var now: Moment { Moment(wall: wall, instant: instant) }
}
