import Glibc

/// The torture messages of RFC 4475 and RFC 5118, which lie beside the package where they are
/// present at all.
enum TortureCorpus {
    /// The directory; nil where the files are absent.
    static let root: String? = {
        var directory = Substring(#filePath)
        while let slash = directory.lastIndex(of: "/") {
            directory = directory[..<slash]
            let candidate = directory + "/shared/torture"
            if access(String(candidate), R_OK) == 0 { return String(candidate) }
        }
        return nil
    }()

    static var isPresent: Bool { root != nil }

    /// The bytes of a file; nil if it cannot be read.
    static func read(_ path: String) -> [UInt8]? {
        guard let root, let file = fopen(root + "/" + path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer: [UInt8] = Array(repeating: 0, count: 4_096)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}
