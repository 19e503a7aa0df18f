// A disk in memory that does all that a disk may do to a log: it loses, tears and reorders what was not
// synced, forgets names whose directory was not synced, and fails when it is told to.

package import Domain
package import EventStore
import Glibc
import Synchronization

/// The disk of a simulated machine. A copy made with `fork` has a life of its own.
package final class SimulatedDisk: Disk {
    /// The kinds of call that can be counted and made to fail.
    package enum Call: String, CaseIterable, Sendable {
        case open, read, write, fdatasync, fsync, rename, fallocate, unlink, mkdir
        case direct = "open O_DIRECT"

        /// Whether it may change what a power cut leaves.
        package var isChange: Bool { self != .read && self != .direct }
    }

    /// What is done to a call.
    package struct Fault: Sendable {
        package var call: Call
        /// The n-th call from now on, from 1.
        package var nth: Int
        package var number: Int32
        /// Whether all later calls of the kind fail, too.
        package var isSticky: Bool
        /// The end of the path that it is about; empty for all.
        package var suffix: String

        package init(
            call: Call, nth: Int, number: Int32, isSticky: Bool = false, suffix: String = ""
        ) {
            self.call = call
            self.nth = nth
            self.number = number
            self.isSticky = isSticky
            self.suffix = suffix
        }
    }

    /// What a file system does with data whose sync failed (Rebello et al., ATC 2020).
    package enum SyncModel: CaseIterable, Sendable {
        /// It stays to be written: the failure had no consequence.
        case retried
        /// ext4: the cache keeps the new data and takes it for written.
        case keptClean
        /// Btrfs: the cache shows the old data again.
        case reverted
        /// ext4 with `data=journal`: as the first, and the failure is told one sync late.
        case late
    }

    private let state: Mutex<DiskState>

    package init(_ state: DiskState = DiskState()) { self.state = Mutex(state) }

    /// The same disk in another world.
    package func fork() -> SimulatedDisk {
        var copy = with { $0 }
        copy.endProcess()
        return SimulatedDisk(copy)
    }

    /// Looks at or changes the disk from outside of any call.
    package func with<Result>(_ body: (inout DiskState) -> Result) -> Result {
        state.withLock { state in body(&state) }
    }

    // MARK: Disk

    package func open(_ path: String, _ access: DiskAccess) throws(SystemCallFailure)
        -> any DiskFile
    {
        let inode = try call(.open, path, isChange: access != .read && access != .update) {
            $0.open(path, access)
        }
        guard let inode else { throw SystemCallFailure(call: "open", path: path, number: ENOENT) }
        return SimulatedFile(path, inode, self)
    }

    package func exists(_ path: String) -> Bool {
        with { $0.names[path] != nil || $0.directories.contains(path) }
    }

    package func names(in directory: String) throws(SystemCallFailure) -> [String] {
        guard let names = with({ $0.names(in: directory) }) else {
            throw SystemCallFailure(call: "opendir", path: directory, number: ENOENT)
        }
        return names
    }

    package func makeDirectory(_ path: String) throws(SystemCallFailure) {
        if with({ $0.directories.contains(path) }) { return }
        try call(.mkdir, path) { $0.makeDirectory(path) }
    }

    package func syncDirectory(_ path: String) throws(SystemCallFailure) {
        try call(.fsync, path) { $0.syncDirectory(path) }
    }

    package func rename(_ path: String, to target: String) throws(SystemCallFailure) {
        guard try call(.rename, path, { $0.rename(path, to: target) }) else {
            throw SystemCallFailure(call: "rename", path: path, number: ENOENT)
        }
    }

    package func remove(_ path: String) throws(SystemCallFailure) {
        try call(.unlink, path) { $0.remove(path) }
    }

    package func freeBytes(in directory: String) -> UInt64? {
        with { UInt64(max(0, $0.capacity - $0.usedBytes)) }
    }

    package func lock(_ file: any DiskFile) -> Bool {
        guard let file = file as? SimulatedFile else { return false }
        return with { state in
            if let holder = state.locks[file.inode]?.file, holder !== file { return false }
            state.locks[file.inode] = DiskState.Lock(file: file)
            return true
        }
    }

    package func isLocked(_ path: String) -> Bool {
        with { state in state.names[path].map { state.locks[$0]?.file != nil } ?? false }
    }

    // MARK: Calls

    /// One call: counted, and failed if it is its turn.
    @discardableResult
    package func call<Result>(
        _ kind: Call, _ path: String, isChange: Bool? = nil, _ body: (inout DiskState) -> Result
    ) throws(SystemCallFailure) -> Result {
        let result: (Result?, Int32) = with { state in
            let number = state.verdict(kind, path, isChange: isChange ?? kind.isChange)
            return number == 0 ? (body(&state), 0) : (nil, number)
        }
        if let value = result.0 { return value }
        throw SystemCallFailure(call: kind.rawValue, path: path, number: result.1)
    }
}

/// An open file of the simulated disk.
package final class SimulatedFile: DiskFile {
    package let path: String
    package let inode: Int
    private let disk: SimulatedDisk

    package init(_ path: String, _ inode: Int, _ disk: SimulatedDisk) {
        self.path = path
        self.inode = inode
        self.disk = disk
    }

    package var bytes: Int { disk.with { $0.inodes[inode]?.cache.count ?? 0 } }

    package func readOnce(
        _ buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemCallFailure) -> Int {
        let bytes = try disk.call(.read, path) { state -> ArraySlice<UInt8> in
            let all = state.inodes[inode]?.cache ?? []
            return all.dropFirst(offset).prefix(state.transfer(buffer.count))
        }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    package func writeOnce(
        _ buffer: UnsafeRawBufferPointer, at offset: Int
    ) throws(SystemCallFailure) -> Int {
        let count = try disk.call(.write, path) { state -> Int? in
            let count = state.transfer(buffer.count)
            return state.write(Octets(buffer.prefix(count)), at: offset, to: inode) ? count : nil
        }
        guard let count else { throw SystemCallFailure(call: "write", path: path, number: ENOSPC) }
        return count
    }

    package func readUncached(at offset: Int, count: Int) throws(SystemCallFailure) -> Octets {
        try disk.call(.direct, path) { state in
            // As Linux does it: what is still to be written is written first.
            state.settle(inode)
            state.dropCache(of: inode)
            return Octets((state.inodes[inode]?.platter ?? []).dropFirst(offset).prefix(count))
        }
    }

    package func allocate(_ count: Int) throws(SystemCallFailure) {
        let hasRoom = try disk.call(.fallocate, path) { $0.allocate(count, for: inode) }
        if !hasRoom { throw SystemCallFailure(call: "fallocate", path: path, number: ENOSPC) }
    }

    package func sync() throws(SystemCallFailure) {
        do throws(SystemCallFailure) {
            let isLateFailure = try disk.call(.fdatasync, path) { $0.sync(inode) }
            if isLateFailure {
                throw SystemCallFailure(call: "fdatasync", path: path, number: EIO)
            }
        } catch {
            if disk.with({ $0.failSync(inode) }) { throw error }
        }
    }
}
