// Errors of the system reach us in the words of whatever library met them first: with domains, codes and the
// names of its own functions. A person wants the one sentence that the system has for it.

import Foundation
import NIOCore

/// Why something of the system failed, as `strerror` says it; other errors in their own words.
struct Cause: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        description = Self.number(of: error).map { String(cString: strerror($0)) } ?? "\(error)"
    }

    /// The `errno` value behind an error.
    private static func number(of error: any Error) -> Int32? {
        if let error = error as? IOError { return error.errnoCode }
        guard let error = error as? CocoaError else { return (error as? POSIXError)?.code.rawValue }
        return error.underlying.flatMap(number)
    }
}
