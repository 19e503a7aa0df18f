// Every call has sockets. The limit that a shell hands down is for programs that open ten files.

import Glibc

/// The process's limit of open files.
enum OpenFiles {
    /// Raises the soft limit to the hard one; returns what holds now.
    static func raiseLimit() -> UInt64 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return UInt64(isRaised ? limit.rlim_max : before)
    }
}
