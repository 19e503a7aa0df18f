// Which errors of the operating system mean what. One place, so that no caller compares numbers.

import Glibc

enum SystemCall {
    static func message(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// No space, or no more space for this user.
    static func isSpace(_ number: Int32) -> Bool { number == ENOSPC || number == EDQUOT }

    /// A signal came; the call is simply made again.
    static func isInterruption(_ number: Int32) -> Bool { number == EINTR }

    static let noSpace = ENOSPC
    static let ioError = EIO
}
