// What a simulated disk holds: what the page cache shows, what the platters have, and what is on its way
// between them.

package import Domain
package import EventStore
import Glibc

/// A file system. A value: a copy is another disk.
package struct DiskState {
    /// A file, whatever its name.
    package struct Inode {
        /// As everybody reads it.
        package var cache: Octets = []
        /// As it is after a power cut, but for what happens to be written of `pending`.
        package var platter: Octets = []
        var pending: [Change] = []
        /// Whether its next sync fails for a sync before.
        var owesFailure = false
    }

    /// Something that no sync has made certain.
    enum Change {
        case write(Int, Octets)
        case size(Int)
        case truncation
    }

    /// A name that was made, moved or taken away.
    struct NameChange {
        var directory: String
        var removed: String?
        var added: (path: String, inode: Int)?
        var madeDirectory: String?
    }

    /// Ends with the file that holds it.
    struct Lock {
        weak var file: SimulatedFile?
    }

    static let sectorBytes = 512

    package var inodes: [Int: Inode] = [:]
    package var names: [String: Int] = [:]
    package var directories: Set<String> = ["/run", "/data"]
    var locks: [Int: Lock] = [:]
    private var durableNames: [String: Int] = [:]
    private var durableDirectories: Set<String> = ["/run", "/data"]
    private var nameChanges: [NameChange] = []
    private var nextInode = 1

    // What is done to calls.
    package var faults: [SimulatedDisk.Fault] = []
    package var syncModel = SimulatedDisk.SyncModel.retried
    package var capacity = Int.max
    /// With it, reads and writes are cut short at random.
    package var shortTransfers: SplitMix?
    /// Whether the page cache can be dropped.
    package var dropsCache = true
    /// The power fails before this many more calls that change something.
    package var changesLeft = Int.max
    package private(set) var isHalted = false
    package private(set) var changeCount = 0
    package private(set) var counts: [SimulatedDisk.Call: Int] = [:]

    package var usedBytes: Int { inodes.values.reduce(0) { $0 + $1.cache.count } }

    /// Makes a call wait for its turn to fail: 0 to go on, or the number of its error.
    mutating func verdict(
        _ call: SimulatedDisk.Call, _ path: String, isChange: Bool
    ) -> Int32 {
        if isHalted { return EIO }
        counts[call, default: 0] += 1
        if isChange {
            changeCount += 1
            changesLeft -= 1
            if changesLeft < 0 {
                isHalted = true
                return EIO
            }
        }
        for index in faults.indices
        where faults[index].call == call && path.hasSuffix(faults[index].suffix) {
            faults[index].nth -= 1
            let left = faults[index].nth
            if left == 0 || left < 0 && faults[index].isSticky { return faults[index].number }
        }
        return 0
    }

    mutating func transfer(_ count: Int) -> Int {
        guard count > 1, var random = shortTransfers else { return count }
        defer { shortTransfers = random }
        return Int.random(in: 1...count, using: &random)
    }

    // MARK: Names

    static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    package func names(in directory: String) -> [String]? {
        guard directories.contains(directory) else { return nil }
        let prefix = directory + "/"
        return names.keys.filter { $0.hasPrefix(prefix) }
            .map { $0.utf8.dropFirst(prefix.utf8.count) }
            .filter { !$0.contains(UInt8(ascii: "/")) }
            .map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    package mutating func open(_ path: String, _ access: DiskAccess) -> Int? {
        if let inode = names[path] {
            if access == .replace, inodes[inode]?.cache.isEmpty == false {
                inodes[inode]?.cache = []
                inodes[inode]?.pending.append(.truncation)
            }
            return inode
        }
        guard access == .create || access == .replace, directories.contains(Self.parent(path))
        else { return nil }
        defer { nextInode += 1 }
        inodes[nextInode] = Inode()
        names[path] = nextInode
        nameChanges.append(
            NameChange(directory: Self.parent(path), added: (path, nextInode)))
        return nextInode
    }

    mutating func makeDirectory(_ path: String) {
        directories.insert(path)
        nameChanges.append(NameChange(directory: Self.parent(path), madeDirectory: path))
    }

    mutating func rename(_ path: String, to target: String) -> Bool {
        guard let inode = names.removeValue(forKey: path) else { return false }
        names[target] = inode
        nameChanges.append(
            NameChange(directory: Self.parent(path), removed: path, added: (target, inode)))
        return true
    }

    package mutating func remove(_ path: String) {
        guard names.removeValue(forKey: path) != nil else { return }
        nameChanges.append(NameChange(directory: Self.parent(path), removed: path))
    }

    mutating func syncDirectory(_ path: String) {
        for change in nameChanges where change.directory == path { settle(change) }
        nameChanges.removeAll { $0.directory == path }
    }

    private mutating func settle(_ change: NameChange) {
        if let removed = change.removed { durableNames[removed] = nil }
        if let added = change.added { durableNames[added.path] = added.inode }
        if let made = change.madeDirectory { durableDirectories.insert(made) }
    }

    // MARK: Contents

    mutating func write(_ bytes: Octets, at offset: Int, to inode: Int) -> Bool {
        guard var file = inodes.removeValue(forKey: inode) else { return true }
        defer { inodes[inode] = file }
        let growth = max(0, offset + bytes.count - file.cache.count)
        if growth > 0, capacity < Int.max, usedBytes + file.cache.count + growth > capacity {
            return false
        }
        Self.apply(.write(offset, bytes), to: &file.cache)
        file.pending.append(.write(offset, bytes))
        return true
    }

    mutating func allocate(_ count: Int, for inode: Int) -> Bool {
        let size = inodes[inode]?.cache.count ?? 0
        guard count > size else { return true }
        if capacity < Int.max, usedBytes + count - size > capacity { return false }
        inodes[inode]?.cache += Octets(repeating: 0, count: count - size)
        inodes[inode]?.pending.append(.size(count))
        return true
    }

    static func apply(_ change: Change, to bytes: inout Octets) {
        switch change {
        case .write(let offset, let new):
            let end = offset + new.count
            if end > bytes.count { bytes += Octets(repeating: 0, count: end - bytes.count) }
            bytes.replaceSubrange(offset..<end, with: new)
        case .size(let count):
            if count > bytes.count { bytes += Octets(repeating: 0, count: count - bytes.count) }
        case .truncation: bytes = []
        }
    }

    /// Another content of a file, on the platters, too.
    package mutating func replace(_ path: String, with bytes: Octets) {
        guard let inode = names[path] ?? open(path, .create) else { return }
        inodes[inode]?.cache = bytes
        inodes[inode]?.platter = bytes
        inodes[inode]?.pending = []
    }

    /// True when it has to fail for a sync before.
    mutating func sync(_ inode: Int) -> Bool {
        guard let file = inodes[inode], !file.pending.isEmpty || file.owesFailure else {
            return false
        }
        let owed = file.owesFailure
        inodes[inode]?.owesFailure = false
        // What the cache keeps of a failed sync is not written again, so the platter is not the cache.
        if !owed { settle(inode) }
        return owed
    }

    /// What waits is written.
    package mutating func settle(_ inode: Int) {
        guard var file = inodes.removeValue(forKey: inode) else { return }
        for change in file.pending { Self.apply(change, to: &file.platter) }
        file.pending = []
        inodes[inode] = file
    }

    /// What a failed sync leaves. Whether it says so now.
    mutating func failSync(_ inode: Int) -> Bool {
        guard !isHalted, let file = inodes[inode] else { return true }
        switch syncModel {
        case .retried: return true
        case .keptClean: inodes[inode]?.pending = []
        case .reverted:
            inodes[inode]?.pending = []
            inodes[inode]?.cache = file.platter
        case .late:
            if file.pending.isEmpty { return true }
            inodes[inode]?.pending = []
            inodes[inode]?.owesFailure = true
            return false
        }
        return true
    }

    /// Everything is written.
    package mutating func settleAll() {
        for inode in Array(inodes.keys) { settle(inode) }
        for change in nameChanges { settle(change) }
        nameChanges = []
    }

    /// The cache shows what the platters have, if it can be made to.
    mutating func dropCache(of inode: Int) {
        guard dropsCache, let file = inodes[inode] else { return }
        inodes[inode]?.cache = file.platter
    }

    // MARK: The end of a process, and of power

    /// The process dies; the machine goes on, with what its cache has.
    package mutating func endProcess() {
        locks = [:]
        faults = []
        isHalted = false
        changesLeft = Int.max
    }

    /// Power fails: of what was not synced, any sector and any name may be there or not.
    package mutating func cutPower(_ random: inout SplitMix) {
        endProcess()
        let shares: [Double] = [0, 0.1, 0.5, 0.9, 1]
        let share = shares.randomElement(using: &random) ?? 0.5
        for (inode, file) in inodes.sorted(by: { $0.key < $1.key }) {
            var file = file
            var pending = file.pending
            if Bool.random(using: &random) { pending.shuffle(using: &random) }
            for change in pending { Self.survive(change, &file.platter, share, &random) }
            file.pending = []
            file.owesFailure = false
            file.cache = file.platter
            inodes[inode] = file
        }
        for change in nameChanges where Double.random(in: 0..<1, using: &random) < share {
            settle(change)
        }
        nameChanges = []
        directories = durableDirectories
        durableNames = durableNames.filter { durableDirectories.contains(Self.parent($0.key)) }
        names = durableNames
        let named = Set(names.values)
        inodes = inodes.filter { named.contains($0.key) }
    }

    private static func survive(
        _ change: Change, _ platter: inout Octets, _ share: Double, _ random: inout SplitMix
    ) {
        guard case .write(let offset, let bytes) = change else {
            if Double.random(in: 0..<1, using: &random) < share { apply(change, to: &platter) }
            return
        }
        var start = 0
        while start < bytes.count {
            let next = ((offset + start) / sectorBytes + 1) * sectorBytes - offset
            let end = min(next, bytes.count)
            if Double.random(in: 0..<1, using: &random) < share {
                apply(.write(offset + start, Octets(bytes[start..<end])), to: &platter)
            }
            start = end
        }
    }
}
