import GRDB
package enum PStub {}
