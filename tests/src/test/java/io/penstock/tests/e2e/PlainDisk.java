package io.penstock.tests.e2e;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFs;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FsServerDefaults;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.local.LocalConfigKeys;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For a class with many small commits. Without its native library Hadoop starts a {@code chmod} for each file that it makes
 * and a {@code readlink} for each end of a rename: 80 processes for one small ingestion, 3 ms of processor time each. While
 * the tests of the class run, this process and those that it starts have Java do both; all else is Hadoop's local disk.
 */
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(PlainDisk.Settings.class)
public @interface PlainDisk {
    /** Sets the disk, for Spark and without it; Hadoop keeps disks that it has opened, so they are closed at both ends. */
    final class Settings implements BeforeAllCallback, AfterAllCallback {
        private static final Map<String, String> OURS = Map.of(
                "spark.hadoop.fs.file.impl", Disk.class.getName(),
                "spark.hadoop.fs.AbstractFileSystem.file.impl", Context.class.getName());

        @Override
        public void beforeAll(ExtensionContext context) throws IOException {
            FileSystem.closeAll();
            OURS.forEach(System::setProperty);
        }

        @Override
        public void afterAll(ExtensionContext context) throws IOException {
            OURS.keySet().forEach(System::clearProperty);
            FileSystem.closeAll();
        }
    }

    /** With checksums. */
    final class Disk extends LocalFileSystem {
        public Disk() {
            super(new Raw());
        }
    }

    /** The same for Hadoop's other interface, through which Delta commits. */
    final class Context extends ChecksumFs {
        public Context(URI uri, Configuration configuration) throws IOException, URISyntaxException {
            super(new RawContext(uri, configuration));
        }
    }

    /** As Hadoop's own, which cannot be given another disk. */
    final class RawContext extends DelegateToFileSystem {
        RawContext(URI uri, Configuration configuration) throws IOException, URISyntaxException {
            super(uri, new Raw(), configuration, "file", false);
        }

        @Override
        public int getUriDefaultPort() {
            return -1;
        }

        @Override
        public FsServerDefaults getServerDefaults(Path path) throws IOException {
            return LocalConfigKeys.getServerDefaults();
        }

        @Override
        public boolean isValidName(String name) {
            return true;
        }
    }

    /** Without checksums, and without processes. */
    class Raw extends RawLocalFileSystem {
        @Override
        public void setPermission(Path path, FsPermission permission) throws IOException {
            Set<PosixFilePermission> all = EnumSet.noneOf(PosixFilePermission.class);
            add(all, permission.getUserAction(), "OWNER");
            add(all, permission.getGroupAction(), "GROUP");
            add(all, permission.getOtherAction(), "OTHERS");
            Files.setPosixFilePermissions(pathToFile(path).toPath(), all);
        }

        private static void add(Set<PosixFilePermission> all, FsAction action, String whose) {
            for (FsAction each : new FsAction[] {FsAction.READ, FsAction.WRITE, FsAction.EXECUTE}) {
                if (action.implies(each)) {
                    all.add(PosixFilePermission.valueOf(whose + "_" + each));
                }
            }
        }

        @Override
        public FileStatus getFileLinkStatus(Path path) throws IOException {
            if (Files.isSymbolicLink(pathToFile(path).toPath())) {
                return super.getFileLinkStatus(path);
            }
            return getFileStatus(path);
        }
    }
}
