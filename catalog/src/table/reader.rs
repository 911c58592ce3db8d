//! Where a Parquet file's bytes come from: an object of the storage, or a file of this machine.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use object_store::ObjectStore;
use parquet::{
    arrow::{arrow_reader::ArrowReaderOptions, async_reader::AsyncFileReader},
    errors::{ParquetError, Result},
    file::metadata::{ParquetMetaData, ParquetMetaDataReader},
};

/// Most footers with their page index fit into the first read from the end.
const FOOTER_GUESS: usize = 64 << 10;

/// A file that can be read in ranges; cheap to clone.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// An object and its size.
    Object(Arc<dyn ObjectStore>, object_store::path::Path, u64),
    /// A local file and its size.
    Local(PathBuf, u64),
}

impl Source {
    fn size(&self) -> u64 {
        match self {
            Self::Object(_, _, size) | Self::Local(_, size) => *size,
        }
    }
}

impl AsyncFileReader for Source {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        async move { Ok(self.get_byte_ranges(vec![range]).await?.into_iter().next().unwrap_or_default()) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move {
            if let Some(outside) = ranges.iter().find(|range| range.start > range.end || range.end > self.size()) {
                return Err(ParquetError::EOF(format!("bytes {outside:?} of a file of {} bytes", self.size())));
            }
            match self {
                Self::Object(store, path, _) => {
                    store.get_ranges(path, &ranges).await.map_err(|error| ParquetError::External(Box::new(error)))
                }
                Self::Local(path, _) => {
                    let path = path.clone();
                    tokio::task::spawn_blocking(move || read(&path, &ranges))
                        .await
                        .map_err(|error| ParquetError::External(Box::new(error)))?
                }
            }
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let size = self.size();
            let reader =
                ParquetMetaDataReader::new().with_arrow_reader_options(options).with_prefetch_hint(Some(FOOTER_GUESS));
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}

fn read(path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
    let mut file = File::open(path)?;
    let mut read_one = |range: &Range<u64>| -> Result<Bytes> {
        let length = range.end - range.start;
        // Bounded by the file's size: checked by the caller.
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.seek(SeekFrom::Start(range.start))?;
        if (&mut file).take(length).read_to_end(&mut bytes)? as u64 != length {
            return Err(ParquetError::EOF(format!("the file ends before byte {}", range.end)));
        }
        Ok(bytes.into())
    };
    ranges.iter().map(&mut read_one).collect()
}
