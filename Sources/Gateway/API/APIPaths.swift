// Which methods each path takes. The router finds a path and its method in one step, and cannot tell
// a client which of the two was wrong.

import HTTPTypes

/// The paths of the API.
enum APIPaths {
    private static let objects: Set<String> = ["trunks", "carriers", "routes"]
    private static let records: Set<String> = ["calls", "cdrs"]

    /// The methods of a path; nil for one that is not ours.
    static func methods(of path: String) -> [HTTPRequest.Method]? {
        let parts = path.split(separator: "/").map(String.init)
        if parts == ["healthz"] || parts == ["metrics"] { return [.get] }
        guard (2...4).contains(parts.count), parts[0] == "v1.0" else { return nil }
        switch parts.count {
        case 2 where objects.contains(parts[1]): return [.get, .post]
        case 3 where objects.contains(parts[1]): return [.get, .put, .delete]
        case 2 where records.contains(parts[1]): return [.get]
        case 3 where records.contains(parts[1]): return [.get]
        case 4 where parts[1] == "trunks" && parts[3] == "rotate": return [.post]
        default: return nil
        }
    }
}
